"""Writes preference pairs as other trainers read them, with a card that says where they come from.

Reads: of results/preferences/{name}, pairs.parquet and outcomes.parquet. Writes beside them: pairs.jsonl,
llama_factory/{name}.json with its dataset_info.json, README.md.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from longhand.preferences.exports import (
    DATASET_INFO,
    card,
    llama_factory_info,
    llama_factory_line,
    preference_line,
    write_json_list,
    write_jsonl,
)
from longhand.preferences.pairs import OUTCOME_MEANINGS
from longhand.program.command import FileText, run
from longhand.results.certified import (
    LACKING,
    STATUS_WORDS,
    Certifications,
    pair_standings,
    read_certifications,
)
from longhand.tables import training_tables
from longhand.tables.files import Row, read_rows

COUNTS = {"responses": "responses", "candidates": "responses with a text", "scored": "responses with a reward"}


def lines_of(pairs: Path) -> Iterator[Row]:
    """The pairs as plain text."""
    return map(preference_line, read_rows(pairs, training_tables.PAIRS))


def _by_texts(margins: dict[float, set[int]]) -> str:
    """Least margins by how many texts of a prompt have a reward: "5.54 (2 texts), 8.09 (4 texts)"."""
    return ", ".join(
        f"{margin} ({', '.join(map(str, sorted(texts)))} texts)" for margin, texts in sorted(margins.items())
    )


def certified_parts(pairs: Path, judge: str, certifications: Certifications) -> dict[str, str]:
    """Whether the judge of the pairs is certified for their prompts: "en, [0,500) words" -> in words."""
    rows = read_rows(pairs, training_tables.PAIRS, ["language", "range"])
    return {
        f"judge {judge}, {language}{'' if label is None else f', {label} words'}": STATUS_WORDS[standing.status]
        + (f" ({standing.why})" if standing.status in LACKING else "")
        for language, label, standing in pair_standings(rows, judge, certifications)
    }


def main(
    *,
    name: str,
    pairs: Path,
    outcomes: Path,
    settings: FileText,
    judge: str | None = None,
    certification: list[Path] | None = None,
    rubrics: str = "{}",
    out: Path,
) -> None:
    """Writes the exports.

    Args:
        name: of the pairs.
        pairs, outcomes: the tables.
        settings: JSON: heading -> what the card says under it.
        judge: that the rewards are from.
        certification, rubrics: the table of certifications, where there is one, and JSON: the dataset -> its rubric.
        out: the folder.
    """
    lists = out / "llama_factory"
    lists.mkdir(parents=True, exist_ok=True)
    number = write_jsonl(out / "pairs.jsonl", lines_of(pairs))
    write_json_list(lists / f"{name}.json", map(llama_factory_line, lines_of(pairs)))
    (lists / DATASET_INFO).write_text(json.dumps(llama_factory_info(name, ranking=True), indent=1) + "\n")
    parts: dict[str, dict[str, object]] = json.loads(settings)
    how = parts.setdefault("How it was made", {})
    counts, rows = Counter[str](), Counter(pairs=number)
    margins: dict[float, set[int]] = {}  # -> texts of the prompts that have it
    for row in read_rows(outcomes, training_tables.OUTCOMES):
        counts[row["outcome"]] += 1
        rows.update({what: row[column] for column, what in COUNTS.items()})
        margins.setdefault(round(row["min_margin"], 2), set()).add(max(2, row["texts"]))
    certifications = read_certifications(certification or [], json.loads(rubrics))
    if judge is not None and certifications is not None:
        parts["Is the judge certified"] = dict(certified_parts(pairs, judge, certifications))
    how["least margin in points"] = next(iter(margins), None) if len(margins) < 2 else _by_texts(margins)
    rows.update({f"prompts: {what}": counts[outcome] for outcome, what in OUTCOME_MEANINGS.items() if counts[outcome]})
    what = (
        "Preference pairs for direct preference optimization, made by Longhand; `audit.parquet` says how good they are."
    )
    counts_of_card = {about: [number] for about, number in rows.items()}
    text = card(name, what, parts, counts_of_card, "pairs.parquet")
    (out / "README.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    run(main)
