"""Further measures of a dataset's responses as they are shown: a table per metric and judge, categories across."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from longhand.report.board import LABEL, Score, score_of
from longhand.report.marks import Mark
from longhand.report.wording import clipped, seen, spread
from longhand.results.metrics import AS_PUBLISHED
from longhand.tables.files import Row

_TITLES = {"f1": "F1", "rouge-l": "ROUGE-L", AS_PUBLISHED: "Grades as published"}
_ALL = "all"


@dataclass(frozen=True)
class MetricTable:
    """Means of a metric; samples of a prompt are averaged first.

    Attributes:
        judge: whose grades they are; None: of no judge.
        view: of the prompts' criteria; None: of all of them.
        labels: all, and the categories where there are several, with how many responses have a value (`12`, `10–12`).
        lines: per model: a mean for each label.
    """

    title: str
    judge: str | None
    view: str | None
    labels: list[tuple[str, str]]
    lines: list[tuple[Mark, list[Score]]]


def metric_tables(rows: Sequence[Row], marks: Mapping[str, Mark]) -> list[MetricTable]:
    """The tables of a dataset, in the order of its metrics, from its rows of METRIC_MEANS."""
    by_metric = groupby(rows, itemgetter("metric", "judge"))
    return [_table(metric, judge, list(group), marks) for (metric, judge), group in by_metric]


def _table(metric: str, judge: str | None, rows: Sequence[Row], marks: Mapping[str, Mark]) -> MetricTable:
    labels, scores = [], dict[str, list[Score]]()
    for (every, category), group in groupby(rows, itemgetter("all", "category")):
        column = list(group)
        name = _ALL if every else clipped(seen(category), LABEL) if category else "no category"
        labels.append((name, spread(row["n"] for row in column)))
        for row in column:
            scores.setdefault(row["model"], []).append(score_of(row))
    name, _, view = metric.partition(" ")
    title = _TITLES.get(name, name) + (f", view {seen(view)}" if view else "")
    lines = [(marks[model], each) for model, each in scores.items()]
    return MetricTable(title, judge, view or None, labels, lines)
