"""Differences of two models, as they are worded: rows of the comparison as cells and sentences."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from longhand.report.wording import DASH
from longhand.results.doubts import ALL_EQUAL, FEW_PROMPTS, ZEROS_DECIDE
from longhand.tables.files import Row

DOUBTS = {
    FEW_PROMPTS: "no interval from {n}",
    ALL_EQUAL: "equal differences on all {n}: no interval can be trusted",
    ZEROS_DECIDE: "a few zeros make it: no interval can be trusted",
}
"""Why a difference has no interval."""


@dataclass(frozen=True)
class Difference:
    """One model minus another.

    Attributes:
        value: `+3.1`.
        interval: `[0.4, 5.8]`; None where there is none.
        sure: whether the interval leaves out 0.
        remark: what there is to say where it is not sure.
        words: the whole as a sentence.
        means: of the first and of the other.
        n: prompts.
        doubted: whether an interval from so many prompts cannot be trusted.
    """

    value: str
    interval: str | None
    sure: bool
    remark: str | None
    words: str
    means: tuple[float | None, float | None]
    n: int
    doubted: bool


def difference(row: Row, first: str) -> Difference:
    """A row of the comparison as `first` minus the other of its two models."""
    row = row if row["model"] == first else turned(row)
    sure = row["low"] is not None and (row["low"] > 0 or row["high"] < 0)
    interval = None if row["low"] is None else f"[{signed(row['low'])}, {signed(row['high'])}]"
    value = signed(row["difference"], plus=True)
    remark = None if sure else _remark(row)
    if sure and row["difference"] < 0:
        words = difference(row, row["other"]).words
    elif sure:
        words = f"{first} over {row['other']}: {value} {interval}"
    else:
        words = f"{first} and {row['other']}, {remark}: {value} {interval or ''}".strip()
    means = (row["mean_model"], row["mean_other"])
    doubted = row["doubt"] not in (None, FEW_PROMPTS)
    return Difference(value, interval, sure, remark, words, means, row["n_prompts"], doubted)


def turned(row: Row) -> Row:
    """The same row from the side of its other model."""
    sides = {"model": row["other"], "other": row["model"]}
    sides |= {"mean_model": row["mean_other"], "mean_other": row["mean_model"]}
    numbers = {"difference": row["difference"], "low": row["high"], "high": row["low"]}
    return row | sides | {name: None if number is None else -number for name, number in numbers.items()}


def _remark(row: Row) -> str:
    if row["doubt"]:
        n = f"{row['n_prompts']:,} prompt{'' if row['n_prompts'] == 1 else 's'}"
        return DOUBTS[row["doubt"]].format(n=n)
    ways = [f"{n:,} {what}" for what in ("prompts", "repeats") if (n := row[f"{what}_needed"])]
    return "not distinguishable" + (f", {' or '.join(ways)} would show it" if ways else "")


def signed(value: float | None, *, plus: bool = False) -> str:
    """`−3.1`, `3.1`, with `plus` `+3.1`; a dash for what is not there."""
    if value is None:
        return DASH
    number = round(value, 1) + 0.0
    return (f"{number:+.1f}" if plus else f"{number:.1f}").replace("-", "−")


def detectable(rows: Iterable[Row]) -> tuple[float, float] | None:
    """Of the smallest differences that these pairs can show the least and the greatest; None without any."""
    known = [row["detectable"] for row in rows if row["detectable"] is not None]
    return (min(known), max(known)) if known else None
