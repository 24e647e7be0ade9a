"""Judges held against labels: how often they order texts as the labels do, and what that certifies."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from longhand.report.page_tables import Page
from longhand.report.wording import DASH, LANGUAGE_NAMES, fixed
from longhand.results.certified import CERTIFIED, NOT_CERTIFIED, NOT_TESTED, reason_words, standing_of
from longhand.tables.files import Row

_CERTIFIED = {CERTIFIED: "yes", NOT_CERTIFIED: "no", NOT_TESTED: "not tested"}


@dataclass(frozen=True)
class LabelSlice:
    """A slice of the labels: its name, whether it certifies the judge, figures as texts, and why it does not."""

    judge: str
    slice: str
    certified: str
    row: Row
    accuracy: str
    baseline: str
    gain: str
    agreement: list[str]
    why_not: str | None


@dataclass(frozen=True)
class LabelEntry:
    """An entry of `certify`: who made its labels, and a line for each judge and slice."""

    name: str
    first: Row
    lines: list[LabelSlice]


def panel(page: Page) -> Markup:
    """Empty where nothing is certified."""
    entries: dict[str, list[Row]] = {}
    for row in page.certification:
        entries.setdefault(row["certify"], []).append(row)
    shown = [LabelEntry(name, rows[0], [_line(row) for row in rows]) for name, rows in entries.items()]
    return page.filled("certification", entries=shown) if shown else Markup()


def _line(row: Row) -> LabelSlice:
    label = str(row["slice"])
    names = {"all": "all", "language": LANGUAGE_NAMES.get(label, label), "range": f"{label} words"}
    return LabelSlice(
        judge=row["judge"],
        slice=names[row["slice_kind"]],
        certified=_CERTIFIED[standing_of(row)],
        row=row,
        accuracy=_figure(row["accuracy"], row["low"], row["high"]),
        baseline=DASH if row["baseline"] is None else fixed(row["baseline"], 2),
        gain=_with_interval(row, "gain"),
        agreement=[_with_interval(row, name) for name in ("exact", "alpha", "rank")],
        why_not=reason_words(row),
    )


def _with_interval(row: Row, name: str) -> str:
    return _figure(*(row[f"{name}{end}"] for end in ("", "_low", "_high")))


def _figure(value: float | None, low: float | None, high: float | None) -> str:
    """A number with its interval: "0.71 (0.66 to 0.76)"."""
    if value is None:
        return DASH
    interval = "" if low is None else f" ({fixed(low, 2)} to {fixed(high, 2)})"
    return f"{fixed(value, 2)}{interval}".replace("-", "−")
