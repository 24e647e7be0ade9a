"""What judges say by criterion, where prompts have criteria of their own: only of those that recur over prompts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from longhand.program.printable import visible
from longhand.results.quality import OF_SCORE, quality_of_responses
from longhand.results.statistics import mean_interval
from longhand.summary.inputs import Source
from longhand.tables.files import Row, read_rows, read_table
from longhand.tables.schemas import JUDGEMENTS, PROMPTS

MOST = 20
"""Criteria that are shown where prompts have different ones."""
_DESCRIPTION = 160  # characters that are kept
_RESPONSE = ["prompt_id", "sample"]
_VERDICT = [*_RESPONSE, "repeat", "status", "words_cut", *OF_SCORE]

Key = tuple[str, str]
"""What tells a criterion from others: its name, else its description."""


@dataclass(frozen=True)
class Recurring:
    """The criteria of a dataset that are shown.

    Attributes:
        keys: all that there are.
        shown: category (None: all prompts) -> the criteria that are shown, in order.
        places: row per prompt and criterion: `prompt_id`, `category`, `dimension` (its position), `key`,
            `description`, `of_weight`.
    """

    keys: set[Key]
    shown: Mapping[str | None, Sequence[Key]]
    places: pd.DataFrame


def recurring(prompts: Path) -> Recurring | None:
    """The criteria of a prompts table; None where no prompt has any."""
    rows, by_prompt = [], dict[str, tuple[str | None, list[Key]]]()
    for prompt in read_rows(prompts, PROMPTS, ["prompt_id", "category", "criteria"]):
        of_prompt: list[Key] = []
        for position, criterion in enumerate(prompt["criteria"] or [], 1):
            name, description = criterion["name"], criterion["description"] or ""
            has_name = name != str(position)
            key = (name, "") if has_name else ("", description or name)
            of_prompt.append(key)
            about = {"prompt_id": prompt["prompt_id"], "category": prompt["category"] or None}
            rows.append(
                about
                | {"dimension": str(position), "key": key, "description": description or None}
                | {"of_weight": criterion["weight"]}
            )
        if of_prompt:
            by_prompt[prompt["prompt_id"]] = (prompt["category"] or None, of_prompt)
    if not rows:
        return None
    return Recurring({row["key"] for row in rows}, _shown(list(by_prompt.values())), pd.DataFrame(rows))


def _shown(prompts: Sequence[tuple[str | None, list[Key]]]) -> dict[str | None, list[Key]]:
    """Category -> the criteria of its prompts, or None -> those of all, or the most frequent of those that recur."""
    by_category: dict[str | None, list[list[Key]]] = {}
    for category, keys in prompts:
        by_category.setdefault(category, []).append(keys)
    of_all = [keys for _, keys in prompts]
    if _alike(of_all):
        return {None: of_all[0]}
    if None not in by_category and all(map(_alike, by_category.values())) and len(by_category) < len(prompts):
        return {category: by_category[category][0] for category in sorted(by_category, key=str)}
    counts = Counter(key for keys in of_all for key in dict.fromkeys(keys))
    frequent = sorted((key for key, n in counts.items() if n > 1), key=lambda key: (-counts[key], key))
    return {None: frequent[:MOST]} if frequent else {}


def _alike(prompts: Sequence[list[Key]]) -> bool:
    return len(set(map(tuple, prompts))) == 1


def read_by_criteria(source: Source) -> pd.DataFrame | None:
    """The verdicts on a model's responses with text; None where the judge does not judge by criteria."""
    verdicts = read_table(source.path, JUDGEMENTS, _VERDICT).to_pandas()
    if not verdicts["weight"].notna().any():
        return None
    return verdicts[verdicts["status"] != "no_response"]


def read_row(source: Source, verdicts: pd.DataFrame, of_dataset: Recurring) -> Row:
    """The row of CRITERIA_READ."""
    cut = verdicts.groupby(_RESPONSE)["words_cut"].max().dropna()
    return {
        **_about(source),
        "verdicts": len(verdicts),
        "unread": int(verdicts["score_100"].isna().sum()),
        "lost": int(quality_of_responses(verdicts, _RESPONSE).isna().sum()),
        "n": len(verdicts.drop_duplicates(_RESPONSE)),
        "n_cut": len(cut),
        "words_cut": int(cut.sum()),
        "criteria": len(of_dataset.keys),
        "shown": len({key for keys in of_dataset.shown.values() for key in keys}),
    }


def mean_rows(source: Source, verdicts: pd.DataFrame, of_dataset: Recurring) -> Iterator[Row]:
    """Rows of CRITERION_MEANS of one judge and model: repeats are averaged first, then samples, then prompts."""
    graded = verdicts.merge(of_dataset.places, on=["prompt_id", "dimension"])
    for category, keys in of_dataset.shown.items():
        places = of_dataset.places
        in_category, of_category = graded, places
        if category is not None:
            in_category, of_category = graded[graded["category"] == category], places[places["category"] == category]
        by_key = dict(list(in_category.groupby("key", sort=False)))
        for key in keys:
            part = by_key.get(key, in_category.iloc[:0])
            means = part.groupby([*_RESPONSE])["score_100"].mean().groupby(level="prompt_id").mean()
            estimate = mean_interval(means.dropna().to_numpy(dtype=float))
            yield {
                **_about(source),
                "category": category,
                **_described(of_category[of_category["key"] == key]),
                "unread": int(part["score_100"].isna().sum()),
                "n_prompts": estimate.n,
                "mean": estimate.mean,
                "low": estimate.low,
                "high": estimate.high,
                "doubt": estimate.doubt,
            }


def _described(places: pd.DataFrame) -> Row:
    """What all prompts with a criterion have in common."""
    descriptions, weights = places["description"].dropna().unique(), places["of_weight"].unique()
    text = " ".join(visible(descriptions[0]).split()) if len(descriptions) == 1 else None
    if text is not None and len(text) > _DESCRIPTION:
        text = text[: _DESCRIPTION - 1].rstrip() + "…"
    return {
        "name": places["key"].iloc[0][0] or None,
        "description": text,
        "weight": float(weights[0]) if len(weights) == 1 else None,
        "prompts": places["prompt_id"].nunique(),
    }


def _about(source: Source) -> Row:
    return {"dataset": source.dataset, "model": source.model, "judge": source.judge}


def criteria_tables(judgements: Sequence[Source], prompts: Mapping[str, Path]) -> dict[str, list[Row]]:
    """CRITERIA_READ and CRITERION_MEANS.

    Args:
        judgements: tables of the evaluation.
        prompts: by dataset.
    """
    tables: dict[str, list[Row]] = {"criteria_read": [], "criterion_means": []}
    of_datasets = {name: recurring(path) for name, path in prompts.items()}
    for source in judgements:
        of_dataset = of_datasets.get(source.dataset)
        verdicts = None if of_dataset is None else read_by_criteria(source)
        if of_dataset is not None and verdicts is not None:
            tables["criteria_read"].append(read_row(source, verdicts, of_dataset))
            tables["criterion_means"] += mean_rows(source, verdicts, of_dataset)
    return tables
