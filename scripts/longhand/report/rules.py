"""The length rules side by side: how each scores the same responses, and in which order that puts the models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from markupsafe import Markup

from longhand.report import figures
from longhand.report.board import Score, emphasised
from longhand.report.inputs import Source, read_scored
from longhand.report.marks import Mark
from longhand.report.wording import COUNTERS, RULES, fixed
from longhand.results.statistics import mean_interval
from longhand.tables.files import Row

COLUMNS = {rule: rule.replace("-", "_") for rule in RULES}
WORDS = {"LongBench-Write": "words_longbench_write", "LonGen": "words_longen"}
"""Columns by rule, and of the words by counter."""


@dataclass(frozen=True)
class Place:
    """A model under one rule.

    Attributes:
        score: its mean.
        rank: `2`, or `2=` where another model's mean is equal as shown; empty where it is the only model, or without a
            mean.
        rise: by how many places it stands higher than under the dataset's own rule; negative where lower.
    """

    score: Score
    rank: str = ""
    rise: int = 0


@dataclass(frozen=True)
class Line:
    """A model's places, in the order of the rules; `n` responses, and their mean words by each counter."""

    mark: Mark
    n: int
    places: list[Place]
    words: list[float | None]


@dataclass(frozen=True)
class Rules:
    """The rules (the dataset's own first) as (title, counter), the counters, and a line per model."""

    rules: list[tuple[str, str]]
    counters: list[str]
    lines: list[Line]
    told: str
    figure: Markup


def side_by_side(key: str, own: str, scores: dict[str, Source], marks: dict[str, Mark], seed: int) -> Rules | None:
    """All rules that apply to any response; None where fewer than two do.

    Means are over exactly the responses of a model that all of these rules apply to, so that rules are compared on the
    same texts. The unit is the prompt, as on the leaderboard.

    Args:
        key: the figure's own name in the page.
        own: the dataset's own rule.
        scores: tables of scores by model.
        seed: of the bootstrap.
    """
    applying = set[str]().union(*(_applying(source) for source in scores.values()))
    rules = sorted((rule for rule in RULES if rule in applying), key=lambda rule: rule != own)
    if len(rules) < 2:
        return None
    found = [(marks[model], *_means(source, rules, seed)) for model, source in scores.items()]
    found.sort(key=lambda line: -(line[2][0].value or 0.0))  # stable: models without a mean keep their order
    places = _places([means for _, _, means, _ in found])
    lines = [Line(mark, n, at, words) for (mark, n, _, words), at in zip(found, places, strict=True)]
    titles = [RULES[rule] for rule in rules]
    drawn = [figures.line(line.mark, [place.score for place in line.places]) for line in lines]
    drawn.sort(key=lambda each: list(marks).index(each.mark.name))
    figure = figures.by_range(key, "Mean length score by rule", titles, drawn)
    return Rules([(RULES[r], COUNTERS[r]) for r in rules], list(WORDS), lines, _told(titles, lines), figure)


def _applying(source: Source) -> set[str]:
    """The rules that apply to any response of a table."""
    table = read_scored(source.path, list(COLUMNS.values()))
    return {rule for rule, column in COLUMNS.items() if table[column].null_count < table.num_rows}


def _means(source: Source, rules: Sequence[str], seed: int) -> tuple[int, list[Score], list[float | None]]:
    """How many responses all rules apply to, their mean by each rule, and their mean words by each counter."""
    columns = [*(COLUMNS[rule] for rule in rules), *WORDS.values()]
    by_prompt: dict[str, list[Row]] = {}
    for row in read_scored(source.path, ["prompt_id", *columns]).to_pylist():
        # Resamples depend on the order of the prompts: it is that of the leaderboard, by all rows.
        texts = by_prompt.setdefault(row["prompt_id"], [])
        if all(row[COLUMNS[rule]] is not None for rule in rules):
            texts.append(row)
    prompts = [texts for texts in by_prompt.values() if texts]
    means = {name: np.array([fmean(row[name] for row in texts) for texts in prompts]) for name in columns}
    scores = [Score(*mean_interval(means[COLUMNS[rule]], seed)) for rule in rules]
    words = [float(means[name].mean()) if prompts else None for name in WORDS.values()]
    return sum(map(len, prompts)), scores, words


def _places(models: list[list[Score]]) -> list[list[Place]]:
    """Per model, its place under each rule; the first rule is the one to compare with."""
    columns = [emphasised([means[i] for means in models]) for i in range(len(models[0]))]
    ranks = [_ranks(column) for column in columns]
    several = sum(rank is not None for rank in ranks[0]) > 1
    found: list[list[Place]] = []
    for j in range(len(models)):
        line = []
        for column, at in zip(columns, ranks, strict=True):
            rank, home = at[j], ranks[0][j]
            if not several or rank is None or home is None:
                line.append(Place(column[j]))
            else:
                line.append(Place(column[j], f"{rank}{'=' if at.count(rank) > 1 else ''}", home - rank))
        found.append(line)
    return found


def _ranks(column: list[Score]) -> list[int | None]:
    """1 for the highest; equal as shown is an equal rank, and the next one is counted on from there."""
    shown = [None if score.value is None else float(fixed(score.value)) for score in column]
    return [None if mine is None else 1 + sum(x is not None and x > mine for x in shown) for mine in shown]


def _told(titles: list[str], lines: list[Line]) -> str:
    """Whether the rules agree on the order of the models, in one sentence; empty for a single model."""
    ranked = [line for line in lines if line.places[0].rank]
    if not ranked:
        return ""
    moved = [sum(line.places[i].rise != 0 for line in ranked) for i in range(1, len(titles))]
    if not any(moved):
        return f"All {len(titles)} rules put the {len(ranked)} models in the same order."
    parts = [f"{n or 'none'} by {title}" for title, n in zip(titles[1:], moved, strict=True)]
    return f"Changed ranks against {titles[0]}, of {len(ranked)} models: {', '.join(parts)}."
