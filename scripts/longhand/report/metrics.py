"""Further measures of a dataset's responses as they are shown: a table per metric and judge, categories across."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from longhand.report.board import LABEL, Score
from longhand.report.marks import Mark
from longhand.report.wording import clipped, seen, spread
from longhand.results.metrics import AS_PUBLISHED, mean_over_prompts
from longhand.summary.inputs import Source
from longhand.tables.files import read_rows
from longhand.tables.schemas import PROMPTS
from longhand.tables.score_tables import METRICS

_TITLES = {"f1": "F1", "rouge-l": "ROUGE-L", AS_PUBLISHED: "Grades as published"}
_ALL = "all"

_Values = dict[str, dict[str, list[float]]]
"""Category -> prompt -> values of its responses."""


@dataclass(frozen=True)
class MetricTable:
    """Means of a metric, on 0-100; samples of a prompt are averaged first.

    Attributes:
        judge: whose grades they are; None: of no judge.
        labels: all, and the categories where there are several, with how many responses have a value (`12`, `10–12`).
        lines: per model: a mean for each label.
    """

    title: str
    judge: str | None
    labels: list[tuple[str, str]]
    lines: list[tuple[Mark, list[Score]]]


def metric_tables(metrics: Mapping[str, Source], prompts: Path | None, marks: Mapping[str, Mark]) -> list[MetricTable]:
    """The tables of a dataset, in the order of its metrics.

    Args:
        metrics: model -> its table.
        prompts: of the dataset; they have the categories.
        marks: how each model is shown.
    """
    categories = {}
    if prompts is not None and metrics:
        rows = read_rows(prompts, PROMPTS, ["prompt_id", "category"])
        categories = {row["prompt_id"]: row["category"] for row in rows}
    known: dict[tuple[str, str | None], dict[str, _Values]] = {}
    for model, source in metrics.items():
        for row in read_rows(source.path, METRICS):
            by_model = known.setdefault((row["metric"], row["judge"]), {})
            values = by_model.setdefault(model, defaultdict(lambda: defaultdict(list)))
            if row["value"] is not None:
                values[categories.get(row["prompt_id"]) or ""][row["prompt_id"]].append(row["value"])
    return [_table(metric, judge, by_model, marks) for (metric, judge), by_model in known.items()]


def _table(metric: str, judge: str | None, by_model: dict[str, _Values], marks: Mapping[str, Mark]) -> MetricTable:
    categories = sorted({category for values in by_model.values() for category in values})
    slices = [(_ALL, categories)]
    if len(categories) > 1:
        slices += [(clipped(seen(category), LABEL) or "no category", [category]) for category in categories]
    columns, labels = [], []
    for name, parts in slices:
        of_models = [[one for part in parts for one in values[part].values()] for values in by_model.values()]
        columns.append([Score(mean_over_prompts(values)) for values in of_models])
        labels.append((name, spread([sum(map(len, values)) for values in of_models])))
    lines = [(marks[model], [column[place] for column in columns]) for place, model in enumerate(by_model)]
    return MetricTable(_TITLES.get(metric, metric), judge, labels, lines)
