"""Charts of mean scores with their intervals: the standing of all models, and scores over ranges or rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import altair as alt

from longhand.charts.style import PAPER, ModelMark, Spec, faded, finished, inline, ordered, picked, scales, tooltip

NAMES = 150
"""Pixels that a model's name may take; the tooltip has it whole."""


class Mean(NamedTuple):
    """A mean on a page: of `model`, in a `group` (a metric or a dataset), by a `judge`.

    Attributes:
        leads: whether it cannot be told apart from the best of its group and judge; None where nobody knows.
        n: prompts behind it.
    """

    model: str
    group: str
    judge: str
    mean: float
    low: float | None
    high: float | None
    leads: bool | None
    n: int | None


def standing(means: Sequence[Mean], marks: Sequence[ModelMark], title: str, description: str) -> Spec:
    """Models from top to bottom, in the order of `marks`; a part for each metric or dataset, a column for each judge.

    A full mark leads its part: it is the best, or cannot be told apart from it. A hollow one does not.
    """
    colour, shape = scales(marks, legend=False)  # names stand on the axis
    groups, judges = list(dict.fromkeys(m.group for m in means)), list(dict.fromkeys(m.judge for m in means))
    across = alt.X("mean:Q", scale=alt.Scale(domain=[0, 100]), axis=alt.Axis(title=None, tickCount=4))
    names = alt.Axis(title=None, labelLimit=NAMES, grid=False)
    down = alt.Y("model:N", scale=ordered([mark.name for mark in marks]), sort=None, axis=names)
    pointed = tooltip(model="model:N", mean="mean:Q", **{"95%_from": "low:Q", "to": "high:Q", "prompts": "n:I"})
    intervals = alt.Chart().mark_rule(strokeWidth=2, opacity=0.75)
    intervals = intervals.encode(alt.X("low:Q"), down, alt.X2("high:Q"), colour)
    filled = alt.when("datum.leads === false").then(alt.value(PAPER)).otherwise(colour)
    points = alt.Chart().mark_point(size=62, opacity=1, strokeWidth=1.6)
    points = points.encode(across, down, shape, stroke=colour, fill=filled, tooltip=pointed)
    width = max(110, 330 // len(judges))
    layered = alt.layer(intervals, points).properties(width=width, height=alt.Step(22))
    facets: dict[str, Any] = {}
    above = alt.Header(labelOrient="top", labelAnchor="start")
    if len(groups) > 1:
        # Without an order they are sorted by their letters. The config checks these names, as `ordered` wants it.
        facets["row"] = alt.Row("group:N", sort=groups, header=above, spacing=8)
    if len(judges) > 1:
        facets["column"] = alt.Column("judge:N", sort=judges, header=above)
    data = inline([mean._asdict() for mean in means])
    if facets:
        return finished(layered.facet(data=data, **facets).properties(title=title), description)
    return finished(layered.properties(data=data, title=title), description)


class Stage(NamedTuple):
    """A model's value in a range of required words, under a rule, or at a place of a text; its interval or spread."""

    model: str
    at: str
    value: float
    low: float | None
    high: float | None
    n: int | None


def stepwise(
    steps: Sequence[Stage],
    order: Sequence[str],
    marks: Sequence[ModelMark],
    title: str,
    description: str,
    top: int = 100,
    spread: str = "95%",
) -> Spec:
    """Values over `order`, a mark for each model, with a line from one to the next.

    Args:
        steps: what was measured.
        order: all places across, in order.
        marks: of the models, in the order in which they stand side by side.
        title: above the figure.
        description: what it shows, for readers who do not see it.
        top: the greatest value that is shown; what is over it lies on the edge.
        spread: what low and high hold, for the tooltip.
    """
    present = {step.model for step in steps}
    marks = [mark for mark in marks if mark.name in present]
    colour, shape = scales(marks)
    chosen = picked(marks)
    turned = -35 if max(map(len, order), default=0) * 6.5 > 400 / max(len(order), 1) else 0
    labels = alt.Axis(title=None, grid=False, labelAngle=turned, labelLimit=110, domain=True, labelOverlap=True)
    apart = max(0.2, 0.85 - 0.1 * len(marks))  # few models stand close to the middle of their place
    across = alt.X("at:N", sort=None, scale=ordered(order, paddingInner=apart), axis=labels)
    aside = alt.XOffset("model:N", sort=None, scale=ordered([mark.name for mark in marks]))
    shown = alt.Scale(domain=[0, top], clamp=True)
    up = alt.Y("value:Q", scale=shown, axis=alt.Axis(title=None, values=list(range(0, top + 1, top // 4))))
    pointed = tooltip(
        model="model:N", at="at:N", value="value:Q", **{f"{spread}_from": "low:Q", "to": "high:Q"}, n="n:I"
    )
    course = alt.Chart().mark_line(strokeWidth=1.1).encode(across, aside, up, colour, opacity=faded(chosen, 0.35))
    bars = alt.Chart().mark_rule(strokeWidth=1.8)
    ends = alt.Y("low:Q", scale=shown), alt.Y2("high:Q")
    bars = bars.encode(across, aside, *ends, colour, opacity=faded(chosen, 0.75))
    size = max(22, min(60, 700 // max(len(marks), 1)))
    points = alt.Chart().mark_point(filled=True, size=size)
    points = points.encode(across, aside, up, colour, shape, opacity=faded(chosen, 1.0), tooltip=pointed)
    if chosen is not None:
        points = points.add_params(chosen)
    layered = alt.layer(course, bars, points, data=inline([step._asdict() for step in steps]))
    return finished(layered.properties(title=title, width=430, height=200), description)
