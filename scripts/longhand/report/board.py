"""The leaderboard as it is shown: one board per dataset and judge, with its slices and dimensions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from longhand.report.marks import Mark
from longhand.report.wording import LANGUAGE_NAMES, clipped, flags, in_order, number, seen, spread
from longhand.results.remarks import METRIC_SYMBOLS, best_first
from longhand.tables.files import Row
from longhand.tables.score_tables import LEADERBOARD

BEHIND = {"score": ("scored_l", "scored_q"), "score_l": ("scored_l",), "score_q": ("scored_q",)}

SLICE_NAMES = {"language": "language", "constraint": "length constraint", "category": "category"}


LABEL = 80
"""Characters of a slice's name that are shown."""


@dataclass(frozen=True)
class Score:
    """A mean on 0–100.

    Attributes:
        value: null where nothing was measured.
        low, high: its 95% interval, or null.
        leads: whether it cannot be told apart from the best of its column; null where that is not known.
        n: rows behind it; empty where these are all rows of the slice; of S̄ those behind its S_L and its S_Q.
        prompts: behind it; `zeros`: of these, those with 0.
        doubt: why it has no interval, as the leaderboard says it.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    leads: bool | None = None
    n: str = ""
    prompts: int | None = None
    zeros: int | None = None
    doubt: str | None = None

    @property
    def has_interval(self) -> bool:
        return None not in (self.value, self.low, self.high)


@dataclass(frozen=True)
class BoardLine:
    """A model's row: its scores by metric, and the counts of the leaderboard."""

    mark: Mark
    scores: dict[str, Score]
    row: Row

    @property
    def prompts(self) -> int | None:
        """Behind the first of its means."""
        return next((score.prompts for score in self.scores.values() if score.value is not None), None)

    @property
    def flags(self) -> str:
        """What its scores must not hide."""
        return flags(self.row)


class SliceLabel(NamedTuple):
    """A slice as it is named over its columns.

    Attributes:
        prompts: behind the means of it; where models differ, of the one that has the most.
        responses: per model (`24`, `20–24`); empty where they are as many as the prompts.
    """

    name: str
    prompts: int
    responses: str


@dataclass(frozen=True)
class Slices:
    """One kind of slice: models down, slices across, a score per metric in each cell.

    Attributes:
        kind: `range`, `language`, `category` or `constraint`.
        labels: the slices, in order.
        lines: per model, per slice: metric -> score.
    """

    kind: str
    labels: list[SliceLabel]
    metrics: list[str]
    lines: list[tuple[Mark, list[dict[str, Score]]]]


@dataclass(frozen=True)
class Board:
    """All that one judge (or none) says of one dataset.

    Attributes:
        metrics: the means that it has: no S_Q where nothing was judged, no S_L where no length is required.
        shared_cost: USD for the judge's calls that all models share, in no line's costs; None where none is known.
    """

    judge: str | None
    metrics: list[str]
    lines: list[BoardLine]
    ranges: Slices | None
    slices: list[Slices]
    dimensions: list[str]
    means: list[tuple[Mark, list[Score]]]
    shared_cost: float | None


def dimensions_of(rows: list[Row]) -> list[str]:
    """The dimensions that any of the rows has a score in, in the table's order."""
    names = (name for name in (rows[0] if rows else {}) if name not in LEADERBOARD.names)
    return [name for name in names if any(number(row[name]) is not None for row in rows)]


def boards(rows: Iterable[Row], marks: dict[str, Mark], judges: list[str], sized: bool = True) -> list[Board]:
    """One board per judge of a dataset's leaderboard rows, in the order of `judges`; what was not judged comes last.

    Args:
        rows: the leaderboard's rows of the dataset.
        marks: how each model is shown.
        judges: all judges, in order.
        sized: whether any prompt requires a length.
    """
    by_judge: dict[str | None, list[Row]] = {}
    for row in rows:
        by_judge.setdefault(row["judge"], []).append(row)
    order: list[str | None] = [name for name in judges if name in by_judge]
    order += sorted(name for name in by_judge if name is not None and name not in judges)
    order += [None] if None in by_judge else []
    return [_board(name, by_judge[name], marks, sized) for name in order]


def _board(judge: str | None, rows: list[Row], marks: dict[str, Mark], sized: bool) -> Board:
    whole = sorted((row for row in rows if row["slice_kind"] == "all"), key=best_first)
    known = {"score": sized and judge is not None, "score_l": sized, "score_q": judge is not None}
    shown = [name for name in METRIC_SYMBOLS if known[name]]
    metrics = [name for name in shown if name != "score"]
    columns = {name: [_score(row, name) for row in whole] for name in shown}
    dimensions = dimensions_of(whole)
    by_kind = {kind: _slices(kind, rows, whole, metrics, marks) for kind in ("range", *SLICE_NAMES)}
    return Board(
        judge=judge,
        metrics=shown,
        lines=[BoardLine(marks[r["model"]], {m: columns[m][i] for m in shown}, r) for i, r in enumerate(whole)],
        ranges=by_kind["range"],
        # A kind with one slice says what the leaderboard says.
        slices=[table for kind in SLICE_NAMES if (table := by_kind[kind]) and len(table.labels) > 1],
        dimensions=dimensions,
        means=[(marks[row["model"]], [Score(number(row[name])) for name in dimensions]) for row in whole],
        shared_cost=next((usd for row in whole if (usd := number(row["judge_shared_cost"])) is not None), None),
    )


def score_of(row: Row) -> Score:
    """A mean of a table of results/summary/, which has its interval and doubt beside it."""
    return Score(row["mean"], row["low"], row["high"], row["leads"], prompts=row["n_prompts"], doubt=row["doubt"])


def _score(row: Row, metric: str) -> Score:
    mean, low, high = (number(row[metric + end]) for end in ("", "_low", "_high"))
    prompts, zeros = row[f"n_prompts_{metric}"], row[f"n_zeros_{metric}"]
    leads, doubt = row[f"{metric}_leads"], row[f"{metric}_doubt"]
    return Score(mean, low, high, leads, rows_behind(row, metric), prompts, zeros, doubt)


def rows_behind(row: Row, metric: str) -> str:
    """How many rows are behind a mean of the leaderboard; empty where it is all of them, or there is no mean.

    S̄ is the mean of S_L and S_Q, which may be of different rows: `23 & 20`.
    """
    counts = [row[f"n_{part}"] for part in BEHIND[metric]]
    if number(row[metric]) is None or set(counts) == {row["n"]}:
        return ""
    return " & ".join(f"{n:,}" for n in dict.fromkeys(counts))


def _slices(kind: str, rows: list[Row], whole: list[Row], metrics: list[str], marks: dict[str, Mark]) -> Slices | None:
    """The slices of one kind as a table, models in the order of the board; None where there are none."""
    cells = {(row["model"], row["slice"]): row for row in rows if row["slice_kind"] == kind}
    names = sorted({name for _, name in cells}, key=in_order if kind == "range" else None)
    if not names or not metrics:
        return None
    columns: list[list[dict[str, Score]]] = []
    for name in names:
        of_slice = [cells.get((row["model"], name)) for row in whole]
        columns.append([{m: _score(row, m) if row else Score(None) for m in metrics} for row in of_slice])
    lines = [(marks[row["model"]], [column[i] for column in columns]) for i, row in enumerate(whole)]
    of_slices = {name: [row for (_, label), row in cells.items() if label == name] for name in names}
    return Slices(kind, [_label(kind, name, of_slice, metrics) for name, of_slice in of_slices.items()], metrics, lines)


def _label(kind: str, name: str, of_slice: list[Row], metrics: list[str]) -> SliceLabel:
    shown = LANGUAGE_NAMES.get(name, seen(name)) if kind == "language" else clipped(seen(name), LABEL)
    prompts = max(row[f"n_prompts_{metric}"] or 0 for row in of_slice for metric in metrics)
    responses = {row["n"] for row in of_slice}
    return SliceLabel(shown, prompts, "" if responses == {prompts} else spread(responses))
