"""The length rules side by side, as they are shown: means, ranks, and whether they agree on the order of the models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from longhand.report.board import Score, score_of
from longhand.report.marks import Mark
from longhand.report.page_tables import Page
from longhand.report.wording import RULE_WORDS, counted, listed
from longhand.tables.files import Row
from longhand.text.length import COUNTERS, LENGTH_RULES, LengthRule
from longhand.text.requirement import Requirement

A_RANGE = Requirement("range", required_min=1, required_max=2)


@dataclass(frozen=True)
class RulePlace:
    """A model under one rule.

    Attributes:
        score: its mean.
        rank: `2`, or `2=` where another model has it, too; empty where nobody knows.
        above, below: models that stand on the other side of it by the dataset's own rule, both for sure.
    """

    score: Score
    rank: str
    above: int
    below: int


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
        lines: one per model, the highest by the dataset's own rule first.
        agreement: whether the rules agree on the order of the models, in a sentence; empty where there is no order.
    """

    rules: list[tuple[str, str]]
    rangeless: list[str]
    counters: list[str]
    lines: list[RuleLine]
    agreement: str


def side_by_side(page: Page, dataset: str) -> Rules | None:
    """All rules that apply to any response; None where fewer than two do."""
    rows = page.summary("length_rule_means", dataset=dataset)
    words = {(row["model"], row["counter"]): row["words"] for row in page.summary("length_rule_words", dataset=dataset)}
    rules = [LENGTH_RULES[name] for name in dict.fromkeys(row["rule"] for row in rows)]
    if not rules:
        return None
    by_model: dict[str, list[Row]] = {}
    for row in rows:
        by_model.setdefault(row["model"], []).append(row)
    order = sorted(by_model, key=lambda model: -(by_model[model][0]["mean"] or 0.0))  # stable without a mean
    lines = [
        RuleLine(
            page.marks[model],
            by_model[model][0]["n"],
            [_place(row, rows) for row in by_model[model]],
            [words[model, counter.column] for counter in COUNTERS],
        )
        for model in order
    ]
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


def _place(row: Row, rows: Sequence[Row]) -> RulePlace:
    rank = row["rank"]
    same = [each for each in rows if each["rule"] == row["rule"] and each["rank"] == rank]
    shown = "" if rank is None else f"{rank}{'=' if len(same) > 1 else ''}"
    return RulePlace(score_of(row), shown, row["above"], row["below"])


def _agreement(titles: Sequence[str], lines: Sequence[RuleLine]) -> str:
    """Which rules put models in another order, in a sentence; empty where no models can be ranked."""
    ranked = sum(line.places[0].rank != "" for line in lines)
    if ranked < 2:
        return ""
    turned = {title: sum(line.places[i].above for line in lines) for i, title in enumerate(titles)}
    parts = [f"{title} turns {counted(n, 'pair')} of models round" for title, n in turned.items() if n]
    if not parts:
        return f"No two of the {ranked} models stand in another order by another rule, as far as an order is sure."
    return f"Against {titles[0]}, {listed(parts)}; each order is sure."
