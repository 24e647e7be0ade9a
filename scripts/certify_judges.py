"""Holds judges against labels: how often they order two texts as the labels do, beside "the longer text wins".

Reads: results/{dataset}/labels.parquet, results/{dataset}/{model}/scores.parquet and judgements/{judge}.parquet.
Writes: results/certification.parquet.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import pandas as pd

from longhand.program.command import FileText, run
from longhand.program.printable import printable
from longhand.prompts.labels import PAIR
from longhand.results.certification import LabelledPair, accuracy_figures, labelled_order, slices_of_pairs
from longhand.results.certified import line_of
from longhand.results.label_agreement import NO_AGREEMENT, RESPONSE, agreement_figures, grades_of
from longhand.results.scores import range_label, slice_order
from longhand.tables.certification_tables import CERTIFICATION, LABELS
from longhand.tables.files import Row, read_rows, read_table, write_table
from longhand.tables.makers import made_with
from longhand.tables.schemas import JUDGEMENTS
from longhand.tables.score_tables import SCORES

Tables = Mapping[tuple[str, str], pd.DataFrame]
"""By dataset and model."""
_SCORED = ["prompt_id", "sample", "judge", "language", "words", "score_q"]
_GRADED = ["prompt_id", "sample", "judge", "repeat", "dimension", "score"]


def pairs_of(labels: Sequence[Row], scores: pd.DataFrame) -> list[LabelledPair]:
    """The pairs of a label table with one judge's scores.

    Args:
        labels: its rows.
        scores: those of the judge, of the texts.
    """
    texts = {row["prompt_id"]: row for row in scores.astype(object).where(scores.notna(), None).to_dict("records")}
    pairs = []
    for label in labels:
        if label["outcome"] == PAIR:
            chosen, rejected = texts[label["chosen"]], texts[label["rejected"]]
            words, scored = ((chosen[name], rejected[name]) for name in ("words", "score_q"))
            pairs.append(LabelledPair(label["prompt"], chosen["language"], words, scored))
    return pairs


def rows_of_pairs(entry: Mapping[str, Any], labels: Sequence[Row], scores: pd.DataFrame) -> Iterator[Row]:
    """The rows of an entry with labelled pairs, for the judge whose scores these are."""
    left_out = sum(label["outcome"] != PAIR for label in labels)
    for kind, label, part in slices_of_pairs(pairs_of(labels, scores), entry["ranges"]):
        yield {"slice_kind": kind, "slice": label, "n_left_out": left_out, **_figures(entry, part), **NO_AGREEMENT}


def rows_of_grades(
    entry: Mapping[str, Any], judge: str, scores: pd.DataFrame, judgements: pd.DataFrame, seed: int
) -> Iterator[Row]:
    """The rows of an entry with graded labels, for a judge.

    Args:
        entry: its settings.
        judge: its name.
        scores, judgements: of all responses, by all judges, with `model`.
        seed: of the resampling.
    """
    by_label, by_judge = (scores[scores["judge"] == name] for name in (entry["against"], judge))
    labelled = by_label[by_label["score_q"].notna()].rename(columns={"score_q": "label"})
    texts = labelled.merge(by_judge[[*RESPONSE, "score_q"]].rename(columns={"score_q": "score"}), on=RESPONSE)
    pairs = list(labelled_order(texts.astype(object).where(texts.notna(), None).to_dict("records")))
    possible = sum(len(list(combinations(range(n), 2))) for n in Counter(texts["prompt_id"]).values())
    grades = grades_of(*(judgements[judgements["judge"] == name] for name in (entry["against"], judge)))
    texts["range"] = [range_label(words, entry["ranges"]) for words in texts["words"]]
    both = texts[texts["score"].notna()]
    parts = {(kind, label): part for kind, label, part in slices_of_pairs(pairs, entry["ranges"])}
    of_responses = [("language", label) for label in both["language"].unique()]
    of_responses += [("range", label) for label in both["range"].dropna().unique()]
    slices = {*parts, *of_responses} - {("all", "all")}
    for kind, label in [("all", "all"), *sorted(slices, key=lambda each: (each[0], slice_order(each[1])))]:
        responses = both if kind == "all" else both[both[kind] == label]
        of_slice = grades.merge(responses[RESPONSE], on=RESPONSE)
        yield {
            "slice_kind": kind,
            "slice": label,
            "n_left_out": possible - len(pairs),
            **_figures(entry, parts.get((kind, label), [])),
            **agreement_figures(of_slice, responses, seed),
        }


def _figures(entry: Mapping[str, Any], pairs: Sequence[LabelledPair]) -> Row:
    return accuracy_figures(pairs, threshold=entry["threshold"], least=entry["least"], people=entry["people"])


def certification_rows(
    entries: Sequence[Mapping[str, Any]],
    labels: Mapping[str, Sequence[Row]],
    scores: Tables,
    judgements: Tables,
    seed: int,
) -> Iterator[Row]:
    """The rows of CERTIFICATION. See `main`; tables of judgements have all judges of their responses."""
    for entry in entries:
        of_entry = _together(scores, entry["responses"])
        verdicts = _together(judgements, entry["responses"]) if "against" in entry else pd.DataFrame()
        for judge, rubrics in entry["judges"].items():
            about = {"certify": entry["name"], "judge": judge, "labels": entry["labels"], "rubrics": rubrics}
            about |= {"against": entry.get("against")}
            if "against" in entry:
                rows = rows_of_grades(entry, judge, of_entry, verdicts, seed)
            else:
                rows = rows_of_pairs(entry, labels[entry["name"]], of_entry[of_entry["judge"] == judge])
            kind = "graded" if "against" in entry else "pairs"
            yield from (about | {"kind": kind} | row for row in rows)


def _together(tables: Tables, responses: Sequence[Sequence[str]]) -> pd.DataFrame:
    return pd.concat([tables[dataset, model].assign(model=model) for dataset, model in responses], ignore_index=True)


def main(
    *,
    entries: FileText,
    labels: list[Path] | None = None,
    scores: list[Path],
    judgements: list[Path] | None = None,
    seed: int,
    out: Path,
) -> None:
    """Writes the table of certifications, and prints a line for each judge and slice.

    Args:
        entries: JSON, a list: name, judges (each with the rubrics that it is asked by, null without one), responses
            (datasets and models), labels (who made them), people, threshold, least, ranges, and of graded labels
            `against`.
        labels: results/{name}/labels.parquet of the entries with pairs.
        scores: results/{dataset}/{model}/scores.parquet of all responses.
        judgements: of graded labels, results/{dataset}/{model}/judgements/{judge}.parquet.
        seed: of the resampling.
        out: the table.
    """
    settings = json.loads(entries)
    of_pairs = {path.parent.name: list(read_rows(path, LABELS)) for path in labels or []}
    scored = {
        (path.parents[1].name, path.parent.name): read_table(path, SCORES, _SCORED).to_pandas() for path in scores
    }
    parts: dict[tuple[str, str], list[pd.DataFrame]] = {}
    for path in judgements or []:
        of_judge = read_table(path, JUDGEMENTS, _GRADED).to_pandas()
        parts.setdefault((path.parents[2].name, path.parents[1].name), []).append(of_judge)
    graded = {responses: pd.concat(tables, ignore_index=True) for responses, tables in parts.items()}
    rows = list(certification_rows(settings, of_pairs, scored, graded, seed))
    made = made_with("evalica", "numpy", "pandas", "scipy", settings={"entries": settings, "seed": seed})
    write_table(out, rows, CERTIFICATION, "certify_judges", made)
    for row in rows:
        print(printable(line_of(row)))


if __name__ == "__main__":
    run(main)
