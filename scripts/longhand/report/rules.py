"""The length rules side by side: how each scores the same responses, and in which order that puts the models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from longhand.report.board import Score
from longhand.report.marks import Mark
from longhand.report.wording import RULE_WORDS, fixed
from longhand.results.statistics import mean_interval
from longhand.summary.inputs import Source, read_scored
from longhand.tables.files import Row
from longhand.text.length import COUNTERS, LENGTH_RULES, LengthRule
from longhand.text.requirement import Requirement

A_RANGE = Requirement("range", required_min=1, required_max=2)


@dataclass(frozen=True)
class RulePlace:
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
class RuleLine:
    """A model's places, in the order of the rules; `n` responses, and their mean words by each counter."""

    mark: Mark
    n: int
    places: list[RulePlace]
    words: list[float | None]


@dataclass(frozen=True)
class Rules:
    """What is shown of the rules.

    Attributes:
        rules: the dataset's own first, as (title, how it counts words).
        rangeless: the titles of those that have no score for a range of words.
        counters: titles of the counters.
        lines: one per model.
        agreement: whether the rules agree on the order of the models, in a sentence; empty for a single model.
    """

    rules: list[tuple[str, str]]
    rangeless: list[str]
    counters: list[str]
    lines: list[RuleLine]
    agreement: str


def side_by_side(default: str, scores: dict[str, Source], marks: dict[str, Mark]) -> Rules | None:
    """All rules that apply to any response; None where fewer than two do.

    Means are over exactly the responses of a model that all of these rules apply to, so that rules are compared on the
    same texts. The unit is the prompt, as on the leaderboard.

    Args:
        default: the dataset's own rule.
        scores: tables of scores by model.
    """
    applying = set[LengthRule]().union(*(_applying(source) for source in scores.values()))
    rules = sorted((each for each in LENGTH_RULES.values() if each in applying), key=lambda each: each.name != default)
    if len(rules) < 2:
        return None
    models = [(marks[model], *_means(source, rules)) for model, source in scores.items()]
    models.sort(key=lambda line: -(line[2][0].value or 0.0))  # stable: models without a mean keep their order
    places = _places([means for _, _, means, _ in models])
    lines = [RuleLine(mark, n, at, words) for (mark, n, _, words), at in zip(models, places, strict=True)]
    return Rules(
        rules=[(rule.title, _counting(rule)) for rule in rules],
        rangeless=[rule.title for rule in LENGTH_RULES.values() if rule in rules and rule.score(A_RANGE, 0) is None],
        counters=[counter.title for counter in COUNTERS],
        lines=lines,
        agreement=_agreement([rule.title for rule in rules], lines),
    )


def _counting(rule: LengthRule) -> str:
    """By which counter a rule counts words."""
    words = RULE_WORDS.get(rule.name)
    if words and words.counting:
        return words.counting
    return "its own" if rule.counter.title == rule.title else f"{rule.counter.title}'s"


def _applying(source: Source) -> set[LengthRule]:
    """The rules that apply to any response of a table."""
    table = read_scored(source.path, [rule.column for rule in LENGTH_RULES.values()])
    return {rule for rule in LENGTH_RULES.values() if table[rule.column].null_count < table.num_rows}


def _means(source: Source, rules: Sequence[LengthRule]) -> tuple[int, list[Score], list[float | None]]:
    """How many responses all rules apply to, their mean by each rule, and their mean words by each counter."""
    columns = [rule.column for rule in rules] + [counter.column for counter in COUNTERS]
    by_prompt: dict[str, list[Row]] = {}
    for row in read_scored(source.path, ["prompt_id", *columns]).to_pylist():
        texts = by_prompt.setdefault(row["prompt_id"], [])
        if all(row[rule.column] is not None for rule in rules):
            texts.append(row)
    prompts = [texts for texts in by_prompt.values() if texts]
    means = {name: np.array([fmean(row[name] for row in texts) for texts in prompts]) for name in columns}
    scores = [Score(*mean_interval(means[rule.column])[:3]) for rule in rules]
    words = [float(means[counter.column].mean()) if prompts else None for counter in COUNTERS]
    return sum(map(len, prompts)), scores, words


def _places(models: list[list[Score]]) -> list[list[RulePlace]]:
    """Per model, its place under each rule; the first rule is the one to compare with."""
    columns = [[means[i] for means in models] for i in range(len(models[0]))]
    ranks = [_ranks(column) for column in columns]
    several = sum(rank is not None for rank in ranks[0]) > 1
    places: list[list[RulePlace]] = []
    for j in range(len(models)):
        line = []
        for column, at in zip(columns, ranks, strict=True):
            rank, home = at[j], ranks[0][j]
            if not several or rank is None or home is None:
                line.append(RulePlace(column[j]))
            else:
                line.append(RulePlace(column[j], f"{rank}{'=' if at.count(rank) > 1 else ''}", home - rank))
        places.append(line)
    return places


def _ranks(column: list[Score]) -> list[int | None]:
    """1 for the highest; equal as shown is an equal rank, and the next one is counted on from there."""
    shown = [None if score.value is None else float(fixed(score.value)) for score in column]
    return [None if mine is None else 1 + sum(x is not None and x > mine for x in shown) for mine in shown]


def _agreement(titles: list[str], lines: list[RuleLine]) -> str:
    """Whether the rules agree on the order of the models, in one sentence; empty for a single model."""
    ranked = [line for line in lines if line.places[0].rank]
    if not ranked:
        return ""
    moved = [sum(line.places[i].rise != 0 for line in ranked) for i in range(1, len(titles))]
    if not any(moved):
        return f"All {len(titles)} rules put the {len(ranked)} models in the same order."
    parts = [f"{n or 'none'} by {title}" for title, n in zip(titles[1:], moved, strict=True)]
    return f"Changed ranks against {titles[0]}, of {len(ranked)} models: {', '.join(parts)}."
