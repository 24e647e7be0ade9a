"""The report's figures, drawn with matplotlib and returned as SVG that stands in the page itself.

Figures hold numbers and labels of ranges only; names are in the page around them, where they are escaped and can wrap.
Equal inputs give equal bytes: ids are salted with the figure's own name and no date is stored.
"""

from __future__ import annotations

import io
import math
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from longhand.report.board import Score
from longhand.report.marks import Mark
from longhand.report.wording import short
from longhand.summary.inputs import Lengths

INK, MUTED, LINE, BAND = "#26323c", "#5b6872", "#d9dfe4", "#f3f5f7"

STYLE: dict[Any, Any] = {
    "font.size": 10.5,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "text.parse_math": False,  # a dollar sign in a label is a dollar sign
    "svg.fonttype": "none",  # text stays text, in the page's own font
}

PIXELS_OVER = 400
"""Points in a panel from which on they are stored as one picture, so that 100,000 responses do not make 10 MB."""

DPI = 200
"""Of such pictures; the rest is lines."""

LETTER, LETTER_HEIGHT = 0.08, 0.18
"""Inches that a letter of a label takes across, and a line of them up: the page's font is not known here."""

SLANT = math.radians(40)

LENGTH_AXIS = (50.0, 25_000.0)


@dataclass(frozen=True)
class Line:
    """A model's scores over the ranges: (range's position, score, interval or None)."""

    mark: Mark
    points: list[tuple[int, float, tuple[float, float] | None]]


def line(mark: Mark, scores: Sequence[Score]) -> Line:
    """The scores that were measured, at their positions."""
    points = []
    for i, score in enumerate(scores):
        if score.value is not None:
            interval = None if score.low is None or score.high is None else (score.low, score.high)
            points.append((i, score.value, interval))
    return Line(mark, points)


class Point(NamedTuple):
    """Words: required, of the median response, and of the middle 80%; `cut` where half of them or more were cut off."""

    required: float
    words: float
    low: float
    high: float
    cut: bool


@dataclass(frozen=True)
class Course:
    """A model's points by rising required words."""

    mark: Mark
    points: list[Point]


@dataclass(frozen=True)
class Panel:
    """One model's required-against-written figure and what it counts.

    Attributes:
        n: responses drawn.
        near: of these, how many are within 20% of the required length.
        wordless: of these, how many have no words; drawn at the bottom edge.
        cut: of these, how many were cut off when the tokens ran out; drawn hollow.
    """

    mark: Mark
    svg: Markup
    n: int
    near: int
    wordless: int
    cut: int


def by_range(key: str, title: str, labels: Sequence[str], lines: Sequence[Line], top: int = 100) -> Markup:
    """Mean scores with their intervals: ranges of required length across, a mark per model.

    Args:
        key: the figure's own name in the page.
        title: what it shows, for readers who do not see it.
        labels: the ranges, in order.
        lines: the models' scores.
        top: the greatest value that is shown, a multiple of 100.
    """
    with mpl.rc_context(STYLE):
        shown, slant, room = _across(labels, 0.925 * 5.2)
        height = 2.9 + room  # the panel itself is as high without
        figure = Figure(figsize=(5.2, height), dpi=DPI)
        axes = figure.add_axes((0.065, (0.348 + room) / height, 0.925, 2.465 / height))
        axes.set_xticks(range(len(labels)), shown, **slant)
        for i in range(0, len(labels), 2):
            axes.axvspan(i - 0.5, i + 0.5, color=BAND, linewidth=0, zorder=0)
        step = min(0.17, 0.8 / max(len(lines), 1))
        size = max(3.4, min(6.5, 40 * step))
        for j, each in enumerate(lines):
            colour, shift = each.mark.colour, (j - (len(lines) - 1) / 2) * step
            across, up = [i + shift for i, _, _ in each.points], [value for _, value, _ in each.points]
            axes.plot(across, up, color=colour, linewidth=1, alpha=0.3)
            for x, (_, _, interval) in zip(across, each.points, strict=True):
                if interval:
                    axes.plot([x, x], interval, color=colour, linewidth=1.4, alpha=0.75)
            axes.plot(across, up, each.mark.shape, color=colour, markersize=size, clip_on=False, zorder=3)
        axes.set(xlim=(-0.5, len(labels) - 0.5), ylim=(0, top))
        axes.set_yticks(range(0, top + 1, top // 4))
        axes.tick_params(length=0)
        axes.tick_params(axis="x", pad=7)  # room for a mark at zero
        axes.grid(axis="y", color=LINE, linewidth=0.8)
        axes.spines["left"].set_visible(False)
        return _drawn(figure, key, title, "The same values stand in the table below.")


def _across(labels: Sequence[str], width: float) -> tuple[list[str], dict[str, Any], float]:
    """Labels that fit side by side in so many inches: slanted where they are too long, fewer where they are too many.

    Returns:
        The labels (those left out are empty), how they stand, and the inches that slanted ones need below.
    """
    space, longest = width / max(len(labels), 1), LETTER * max(map(len, labels), default=0)
    if longest + LETTER <= space:
        return list(labels), {}, 0.0
    every = math.ceil(LETTER_HEIGHT / (space * math.sin(SLANT)))
    slant = {"rotation": math.degrees(SLANT), "rotation_mode": "anchor", "ha": "right", "va": "center"}
    return [label if i % every == 0 else "" for i, label in enumerate(labels)], slant, longest * math.sin(SLANT)


def reach(key: str, courses: Sequence[Course]) -> Markup:
    """Written against required words, a line per model, on log axes with the diagonal and half of it."""
    across = [point.required for course in courses for point in course.points]
    up = [words for course in courses for point in course.points for words in (point.low, point.high) if words > 0]
    left, right = min(across) / 1.35, max(across) * 1.35
    # A few words of many would stretch the axis: they lie on its edge, as none at all does.
    bottom, top = max(min([*up, left * 1.2]) / 1.2, left / 30), max([*up, right / 1.2]) * 1.2
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(5.8, 3.4), dpi=DPI)
        axes = figure.add_axes((0.1, 0.135, 0.89, 0.84))
        _diagonal(axes, (left, right))
        axes.plot([left, right], [left / 2, right / 2], color=MUTED, linewidth=0.9, dashes=(1, 2.5))
        for j, course in enumerate(courses):
            colour, apart = course.mark.colour, (1 + min(0.05, 0.4 / len(courses))) ** (j - (len(courses) - 1) / 2)
            x = [point.required * apart for point in course.points]
            y = [max(point.words, bottom) for point in course.points]
            axes.plot(x, y, color=colour, linewidth=1.5, alpha=0.6)
            for at, height, point in zip(x, y, course.points, strict=True):
                spread = [max(point.low, bottom), max(point.high, bottom)]
                axes.plot([at, at], spread, color=colour, linewidth=1.4, alpha=0.75)
                face = "white" if point.cut else colour
                style: dict[str, Any] = {
                    "color": colour,
                    "markerfacecolor": face,
                    "markersize": 6.5,
                    "clip_on": False,
                    "zorder": 3,
                }
                axes.plot([at], [height], course.mark.shape, **style)
        axes.set(xscale="log", yscale="log", xlim=(left, right), ylim=(bottom, top))
        axes.set_xlabel("required words", labelpad=1)
        axes.set_ylabel("written words, median", labelpad=1)
        for side, ends in ((axes.xaxis, (left, right)), (axes.yaxis, (bottom, top))):
            _ticks(side, [digit * 10.0**i for i in range(9) for digit in (1, 2, 5)], ends)
        axes.tick_params(length=3, pad=2)
        axes.grid(color=LINE, linewidth=0.7)
        return _drawn(
            figure, key, "Required and written words, step by step", "The same values stand in the table below."
        )


def length_axis(all_lengths: Sequence[Lengths], usual: tuple[float, float] = LENGTH_AXIS) -> tuple[float, float]:
    """One axis for all panels of a dataset: the usual one, 50 to 25,000 words, or wider where the data are."""
    low, high = usual
    for lengths in all_lengths:
        for values in (lengths.required, lengths.words[lengths.words > 0]):
            if values.size:
                low, high = min(low, float(values.min())), max(high, float(values.max()))
    # Room around points outside the usual axis, so that none lies on an edge, where wordless responses are.
    return (low if low == usual[0] else low / 1.3, high if high == usual[1] else high * 1.3)


def required_against_written(
    key: str,
    mark: Mark,
    lengths: Lengths,
    limits: tuple[float, float],
    points: str = "responses",
    goal: str = "required",
) -> Panel:
    """A model's `points`, words of their `goal` across and written words up, on log axes with the diagonal."""
    wordless = lengths.words <= 0
    cut = lengths.cut & ~wordless
    near = int(((lengths.words >= 0.8 * lengths.required) & (lengths.words <= 1.2 * lengths.required)).sum())
    n, empty = len(lengths.words), int(wordless.sum())
    heights = np.where(wordless, limits[0], lengths.words)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(3.5, 3.3), dpi=DPI)
        axes = figure.add_axes((0.155, 0.135, 0.82, 0.84))
        _length_axes(axes, limits, goal)
        style: dict[str, Any] = {"marker": mark.shape, "markersize": 5.2, "linestyle": "none", "zorder": 3}
        style |= {"color": mark.colour, "clip_on": False, "rasterized": n > PIXELS_OVER}
        full, hollow = {"markeredgewidth": 0, "alpha": 0.6}, {"markerfacecolor": "white", "alpha": 0.9}
        for which, look in ((~cut & ~wordless, full), (cut | wordless, hollow)):
            if which.any():
                axes.plot(lengths.required[which], heights[which], **style, **look)
        description = f"{n} {points}: {near} within 20% of the {goal} length, {empty} without words."
        svg = _drawn(figure, key, f"{goal.capitalize()} and written words, {mark.name}", description)
    return Panel(mark, svg, n, near, empty, int(cut.sum()))


def _length_axes(axes: Axes, limits: tuple[float, float], goal: str) -> None:
    """Both axes in words, alike and logarithmic, with the diagonal and 20% on either side of it."""
    _diagonal(axes, limits)
    axes.set(xscale="log", yscale="log", xlim=limits, ylim=limits)
    axes.set_xlabel(f"{goal} words", labelpad=1)
    axes.set_ylabel("written words", labelpad=1)
    for side in (axes.xaxis, axes.yaxis):
        _ticks(side, [10.0**i for i in range(9)], limits)
    axes.tick_params(length=3, pad=2)
    axes.grid(color=LINE, linewidth=0.7)


def _diagonal(axes: Axes, limits: tuple[float, float]) -> None:
    """Where a response has the required words, and 20% on either side of it."""
    ends = [limits[0] / 2, limits[1] * 2]
    axes.fill_between(ends, [0.8 * x for x in ends], [1.2 * x for x in ends], color="#e6ebef", linewidth=0)
    axes.plot(ends, ends, color=MUTED, linewidth=0.9, dashes=(4, 3))


def _ticks(side: Axis, at: Sequence[float], limits: tuple[float, float]) -> None:
    side.set_major_locator(FixedLocator([tick for tick in at if limits[0] <= tick <= limits[1]]))
    side.set_major_formatter(FuncFormatter(_length))
    side.set_minor_locator(NullLocator())


def _length(value: float, _: int | None = None) -> str:
    return short(value)


def _drawn(figure: Figure, key: str, title: str, description: str) -> Markup:
    """The figure as inline SVG with a title for readers who do not see it; its ids begin with `key`."""
    out = io.StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with mpl.rc_context({"svg.hashsalt": key}), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # glyphs that matplotlib's font lacks: the page's font has them
        figure.savefig(out, format="svg", metadata=nothing)
    svg = out.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>|<defs>\s*</defs>|<!--.*?-->", "", svg, flags=re.DOTALL)
    size = re.search(r'viewBox="([^"]*)"', svg)
    head = '<svg class="plot" role="img" aria-labelledby="{0}-t {0}-d" viewBox="{1}"><title id="{0}-t">{2}</title>'
    opened = Markup(head + '<desc id="{0}-d">{3}</desc>').format(key, size[1] if size else "", title, description)
    body = re.sub(r'\bid="', f'id="{key}-', svg[svg.index(">") + 1 :])
    body = (
        body.replace('xlink:href="#', f'href="#{key}-').replace("xlink:href=", "href=").replace("url(#", f"url(#{key}-")
    )
    return opened + Markup(body.strip())
