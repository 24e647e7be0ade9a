"""Models before and after training as they are shown: one table per dataset, pair of models and judge."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from longhand.report.board import METRIC_SYMBOLS
from longhand.report.wording import DASH, fixed
from longhand.tables.files import Row, read_rows
from longhand.tables.score_tables import COMPARISON


@dataclass(frozen=True)
class Comparison:
    """A table: `lines` are slices with n and, per metric, before, after and the difference as texts."""

    dataset: str
    model: str
    before: str
    judge: str | None
    metrics: list[str]
    lines: list[Row]


def read_comparisons(path: Path) -> list[Comparison]:
    """All comparisons of a run. A metric that no row has is left out; a range without prompts is not."""
    shown = []
    keys = ("dataset", "model", "before", "judge")
    for (dataset, model, before, judge), group in groupby(read_rows(path, COMPARISON), itemgetter(*keys)):
        rows = list(group)
        metrics = [name for name in METRIC_SYMBOLS if any(row["metric"] == name and row["n"] for row in rows)]
        lines = [_line(list(of_slice), metrics) for _, of_slice in groupby(rows, itemgetter("slice"))]
        shown.append(Comparison(dataset, model, before, judge, metrics, lines))
    return shown


def _line(rows: list[Row], metrics: list[str]) -> Row:
    by_metric = {row["metric"]: row for row in rows}
    return {
        "slice": rows[0]["slice"],
        "guard": rows[0]["guard"],
        "n": max(row["n"] for row in rows),
        "cells": [_cell(by_metric[name]) for name in metrics],
    }


def _cell(row: Row) -> Row:
    interval = None if row["low"] is None else f"[{_signed(row['low'])}, {_signed(row['high'])}]"
    sure = row["low"] is not None and (row["low"] > 0 or row["high"] < 0)
    means = {side: fixed(row[f"mean_{side}"]) for side in ("before", "after")}
    return means | {"difference": _signed(row["difference"]), "interval": interval, "sure": sure}


def _signed(value: float | None) -> str:
    return DASH if value is None else f"{round(value, 1) + 0.0:+.1f}".replace("-", "−")
