"""Any two models of a dataset on the same prompts: which differences are real, and what it would take to tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from longhand.report.board import SLICE_NAMES
from longhand.report.differences import Difference, detectable, difference
from longhand.report.marks import Mark
from longhand.report.page_tables import Page
from longhand.report.wording import LANGUAGE_NAMES
from longhand.results.remarks import METRIC_SYMBOLS
from longhand.tables.files import Row

FEW_MODELS = 6
"""Up to so many, slices show every pair; with more, the best model against each other."""
MOST_MODELS = 12
"""In a matrix: those with the highest scores. A larger one could not be read, and 40 models would take 1 MB."""

KINDS = {"range": "required words", **SLICE_NAMES}


@dataclass(frozen=True)
class Matrix:
    """Each model (row) against those after it (columns), in the order of their scores.

    Attributes:
        metric: score, score_l or score_q.
        models: from the best, MOST_MODELS at most.
        left_out: how many more there are.
        lines: of each model but the last the cells with the others; None on and under the diagonal, and where the two
            share no prompt.
        detectable: the smallest differences that pairs can show, least and greatest; None where none is known.
        prompts: on which pairs are compared, least and greatest.
    """

    metric: str
    models: list[Mark]
    left_out: int
    lines: list[list[Difference | None]]
    detectable: tuple[float, float] | None
    prompts: tuple[int, int]


@dataclass(frozen=True)
class PairTable:
    """Pairs (rows) by slice or dimension (columns)."""

    title: str
    labels: list[str]
    lines: list[tuple[Mark, Mark, list[Difference | None]]]


@dataclass(frozen=True)
class Compared:
    """What one judge's scores say. `pairs` in the slices: all, or the best model against each other."""

    judge: str | None
    matrices: list[Matrix]
    slices: list[PairTable]
    every_pair: bool


def panel(page: Page, dataset: str) -> Markup:
    """Empty with a single model, and where no two share a prompt."""
    rows = [row for row in page.comparison(dataset, slice_kind="all") if row["n_prompts"]]
    compared = [_compared(page, dataset, judge, rows) for judge in dict.fromkeys(row["judge"] for row in rows)]
    return page.filled("comparison", shown=compared) if compared else Markup()


def _compared(page: Page, dataset: str, judge: str | None, rows: Sequence[Row]) -> Compared:
    of_judge = [row for row in rows if row["judge"] == judge]
    board = [row for row in page.leaderboard(dataset) if row["judge"] == judge]
    matrices = []
    for metric in METRIC_SYMBOLS:
        means = {row["model"]: row[metric] for row in board if row["slice_kind"] == "all"}
        models = sorted(page.marks.values(), key=lambda mark: -(means.get(mark.name) or 0))
        pairs = {frozenset((row["model"], row["other"])): row for row in of_judge if row["metric"] == metric}
        if pairs:
            matrices.append(matrix(metric, pairs, models))
    best = matrices[0].models
    every_pair = len(best) <= FEW_MODELS
    pairs_shown = [(a, b) for i, a in enumerate(best) for b in best[i + 1 :] if every_pair or not i]
    slices = [_by_kind(page, dataset, judge, matrices[0].metric, kind, pairs_shown) for kind in KINDS]
    dimensions = [row for row in of_judge if row["metric"] not in METRIC_SYMBOLS]
    slices.append(_slices("dimension", dimensions, "metric", pairs_shown))
    return Compared(judge, matrices, [each for each in slices if len(each.labels) > 1], every_pair)


def matrix(metric: str, pairs: Mapping[frozenset[str], Row], models: Sequence[Mark]) -> Matrix:
    """Args: pairs: names -> row over all prompts; models: from the best, those without a pair among them."""
    names = set().union(*pairs)
    models = [mark for mark in models if mark.name in names][:MOST_MODELS]
    shown = {mark.name for mark in models}
    lines: list[list[Difference | None]] = []
    for i, first in enumerate(models[:-1]):
        rows = [pairs.get(frozenset((first.name, other.name))) if j > i else None for j, other in enumerate(models)]
        lines.append([difference(row, first.name) if row else None for row in rows])
    rows_shown = [row for pair, row in pairs.items() if pair <= shown]
    prompts = [row["n_prompts"] for row in rows_shown] or [0]
    ends = (min(prompts), max(prompts))
    return Matrix(metric, models, len(names - shown), lines, detectable(rows_shown), ends)


def _by_kind(
    page: Page, dataset: str, judge: str | None, metric: str, kind: str, pairs: Sequence[tuple[Mark, Mark]]
) -> PairTable:
    labels = {row["slice"] for row in page.leaderboard(dataset) if row["slice_kind"] == kind}  # not the guarded ranges
    rows = page.comparison(dataset, slice_kind=kind, metric=metric)
    return _slices(KINDS[kind], [r for r in rows if r["judge"] == judge and r["slice"] in labels], "slice", pairs)


def _slices(title: str, rows: Sequence[Row], column: str, pairs: Sequence[tuple[Mark, Mark]]) -> PairTable:
    cells = {(row[column], row["model"], row["other"]): row for row in rows}
    labels = list(dict.fromkeys(row[column] for row in rows))
    lines = []
    for first, other in pairs:
        of_pair = (cells.get((x, first.name, other.name)) or cells.get((x, other.name, first.name)) for x in labels)
        lines.append((first, other, [difference(row, first.name) if row else None for row in of_pair]))
    shown = [LANGUAGE_NAMES.get(label, label) for label in labels] if title == SLICE_NAMES["language"] else labels
    return PairTable(title, shown, lines)
