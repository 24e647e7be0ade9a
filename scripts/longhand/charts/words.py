"""Charts of required and written words: how far each model reaches, and every response of one model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import altair as alt

from longhand.charts.style import BAND, MUTED, PAPER, ModelMark, Spec, faded, finished, inline, picked, scales, tooltip

LENGTH_AXIS = (50.0, 25_000.0)
"""Words, on both axes, where no data lie outside."""

NEAR = (0.8, 1.2)
"""Of the required words: the grey band."""


class Reached(NamedTuple):
    """A model at one step of required words: the median response, and the middle 80%.

    Attributes:
        cut: whether half of these responses or more were cut off when the tokens ran out.
    """

    model: str
    required: float
    words: float
    low: float
    high: float
    cut: bool
    n: int


class WrittenLength(NamedTuple):
    """A response (or section), or `n` of them alike: words required and written; `cut` where the tokens ran out."""

    required: float
    words: float
    cut: bool
    n: int = 1


def stepwise_words(points: Sequence[Reached], marks: Sequence[ModelMark], title: str, description: str) -> Spec:
    """Written against required words, a line per model, on log axes with the diagonal and half of it."""
    present = {point.model for point in points}
    marks = [mark for mark in marks if mark.name in present]
    across = [point.required for point in points]
    up = [words for point in points for words in (point.low, point.high) if words > 0]
    left, right = min(across) / 1.35, max(across) * 1.35
    # A few words of many would stretch the axis: they lie on its edge, as none at all does.
    bottom, top = max(min([*up, left * 1.2]) / 1.2, left / 30), max([*up, right / 1.2]) * 1.2
    colour, shape = scales(marks)
    chosen = picked(marks)
    ticks = [digit * 10**i for i in range(7) for digit in (1, 2, 5)]
    x_scale = alt.Scale(type="log", domain=[left, right], nice=False)
    y_scale = alt.Scale(type="log", domain=[bottom, top], nice=False, clamp=True)
    axes = _words("required words", ticks, (left, right)), _words("written words, median", ticks, (bottom, top))
    x, y = alt.X("required:Q", scale=x_scale, axis=axes[0]), alt.Y("words:Q", scale=y_scale, axis=axes[1])
    course = alt.Chart().mark_line(strokeWidth=1.5).encode(x, y, colour, opacity=faded(chosen, 0.6))
    ends = alt.Y("low:Q", scale=y_scale), alt.Y2("high:Q")
    bars = alt.Chart().mark_rule(strokeWidth=1.6).encode(x, *ends, colour, opacity=faded(chosen, 0.75))
    pointed = tooltip(model="model:N", required="required:I", median_words="words:I", responses="n:I")
    pointed += tooltip(**{"80%_from": "low:I", "to": "high:I", "cut_off": "cut:N"})
    marked = alt.Chart().mark_point(size=58, strokeWidth=1.6)
    full = alt.when("datum.cut").then(alt.value(PAPER)).otherwise(colour)
    marked = marked.encode(x, y, shape, stroke=colour, fill=full, opacity=faded(chosen, 1.0), tooltip=pointed)
    if chosen is not None:
        marked = marked.add_params(chosen)
    rows = [point._asdict() | {name: max(getattr(point, name), bottom) for name in ("low", "high")} for point in points]
    rows = [row | {"words": max(row["words"], bottom)} for row in rows]
    ground = _ground((left, right), (bottom, top), axes, half=True)
    return finished(
        alt.layer(*ground, course, bars, marked, data=inline(rows)).properties(title=title, width=430, height=250),
        description,
    )


def texts(
    points: Sequence[WrittenLength], mark: ModelMark, limits: tuple[float, float], goal: str, description: str
) -> Spec:
    """A model's responses (or sections), words of their `goal` across and written words up, on equal log axes."""
    scale = alt.Scale(type="log", domain=list(limits), nice=False)
    ticks = [10**i for i in range(9)]
    axes = _words(f"{goal} words", ticks, limits), _words("written words", ticks, limits)
    x, y = alt.X("required:Q", scale=scale, axis=axes[0]), alt.Y("shown:Q", scale=scale, axis=axes[1])
    full = alt.when("datum.cut || datum.words <= 0").then(alt.value(PAPER)).otherwise(alt.value(mark.colour))
    marked = alt.Chart().mark_point(size=34, opacity=0.65, shape=mark.shape, stroke=mark.colour, strokeWidth=1.2)
    marked = marked.encode(x, y, fill=full, tooltip=tooltip(**{goal: "required:I", "written": "words:I", "n": "n:I"}))
    rows = [point._asdict() | {"shown": point.words if point.words > 0 else limits[0]} for point in points]
    ground = _ground(limits, limits, axes)
    layered = alt.layer(*ground, marked, data=inline(rows)).properties(title=mark.name, width=230, height=220)
    return finished(layered, description)


def length_axis(points: Sequence[WrittenLength], usual: tuple[float, float] = LENGTH_AXIS) -> tuple[float, float]:
    """One axis for all models of a dataset: the usual one, or wider where the data are."""
    values = [value for point in points for value in (point.required, point.words) if value > 0]
    low, high = min([*values, usual[0]]), max([*values, usual[1]])
    # Room around points outside the usual axis, so that none lies on an edge, where wordless responses are.
    return (low if low == usual[0] else low / 1.3, high if high == usual[1] else high * 1.3)


def _words(title: str, ticks: Sequence[int], limits: tuple[float, float]) -> alt.Axis:
    """An axis in words: `50`, `2k`, at those of the ticks that lie between its ends."""
    shown = [tick for tick in ticks if limits[0] <= tick <= limits[1]]
    return alt.Axis(title=title, format="~s", labelOverlap=True, values=shown)


def _ground(
    x_limits: tuple[float, float], y_limits: tuple[float, float], axes: tuple[alt.Axis, alt.Axis], half: bool = False
) -> list[alt.Chart]:
    """The diagonal, where a response has the required words; 20% on either side; and the line of half of them."""
    ends = [{"x": x, "y": x, "low": NEAR[0] * x, "high": NEAR[1] * x, "half": x / 2} for x in x_limits]
    x = alt.X("x:Q", scale=alt.Scale(type="log", domain=list(x_limits), nice=False), axis=axes[0])

    def up(field: str) -> alt.Y:
        return alt.Y(field, scale=alt.Scale(type="log", domain=list(y_limits), nice=False), axis=axes[1])

    drawn = alt.Chart(inline(ends))
    dashed = drawn.mark_line(color=MUTED, strokeWidth=0.9, strokeDash=[4, 3], clip=True)
    dotted = drawn.mark_line(color=MUTED, strokeWidth=0.9, strokeDash=[1, 2.5], clip=True)
    layers = [
        drawn.mark_area(color=BAND, opacity=1, clip=True).encode(x, up("low:Q"), alt.Y2("high:Q")),
        dashed.encode(x, up("y:Q")),
    ]
    return [*layers, dotted.encode(x, up("half:Q"))] if half else layers
