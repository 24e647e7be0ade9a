"""How all charts look: one set of colours, and a mark for each model that is the same in every figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import altair as alt

Spec = dict[str, Any]
"""A chart as Vega-Lite writes it, with its data."""

INK, MUTED, LINE, BAND, PAPER = "#26323c", "#5b6872", "#d9dfe4", "#e6ebef", "#ffffff"
"""The page gives these five other values where it is dark: no mark of a model has one of them."""

CONFIG: Spec = {
    "aria": False,  # else every point has a label: the picture has one, and a table stands beside it
    "background": None,
    "font": "system-ui, -apple-system, Roboto, Noto Sans, Helvetica, Arial, sans-serif",
    "view": {"stroke": None},
    "title": {"anchor": "start", "color": INK, "fontSize": 12, "fontWeight": 600, "offset": 8},
    "axis": {
        "domain": False,
        "domainColor": MUTED,
        "grid": True,
        "gridColor": LINE,
        "labelColor": INK,
        "labelFontSize": 11,
        "labelPadding": 6,
        "ticks": False,
        "titleColor": MUTED,
        "titleFontSize": 11,
        "titleFontWeight": 400,
        "titlePadding": 6,
    },
    "header": {"labelColor": INK, "labelFontSize": 12, "labelFontWeight": 600, "title": None},
    "legend": {
        "columns": 3,
        "labelColor": INK,
        "labelFontSize": 11,
        "labelLimit": 170,
        "orient": "bottom",
        "symbolLimit": 0,
        "symbolOpacity": 1,
        "symbolSize": 60,
        "title": None,
    },
}


class ModelMark(Protocol):
    """A model as it is drawn: its name, `#rrggbb`, and a shape of Vega's."""

    @property
    def name(self) -> str: ...
    @property
    def colour(self) -> str: ...
    @property
    def shape(self) -> str: ...


def finished(chart: Any, description: str) -> Spec:
    """The chart as a specification. The description is for readers who do not see it.

    Altair has checked the parts as they were made: the whole is not checked again.
    """
    return {**chart.to_dict(validate=False), "description": description, "config": CONFIG}


def inline(rows: Sequence[Mapping[str, Any]]) -> alt.InlineData:
    """Rows that stand in the chart itself."""
    return alt.InlineData(values=[dict(row) for row in rows])


def scales(marks: Sequence[ModelMark], legend: bool = True) -> tuple[alt.Color, alt.Shape]:
    """Colour and shape of each model, with one legend for both; none where there is one model."""
    names = [mark.name for mark in marks]
    named: Any = alt.Legend() if legend and len(names) > 1 else None
    colours = alt.Scale(domain=names, range=[mark.colour for mark in marks])
    shapes = alt.Scale(domain=names, range=[mark.shape for mark in marks])
    return alt.Color("model:N", scale=colours, legend=named), alt.Shape("model:N", scale=shapes, legend=named)


def ordered(values: Sequence[str], **others: Any) -> alt.Scale:
    """A scale of these values in this order.

    Not by `sort`: Vega-Lite writes what is to be sorted into an expression, as a quoted text that may not hold each
    character. Beside an offset it does so with the domain of colours, too: names of models, which the config checks.
    """
    return alt.Scale(domain=list(values), **others)


def picked(marks: Sequence[ModelMark]) -> alt.Parameter | None:
    """A click on a name of the legend keeps that model and fades the others; None where there is no legend."""
    if len(marks) < 2:
        return None
    return alt.selection_point(name="picked", fields=["model"], bind="legend")


def faded(chosen: alt.Parameter | None, opacity: float) -> Any:
    """The opacity of marks: less where another model was picked."""
    if chosen is None:
        return alt.value(opacity)
    return alt.when(chosen).then(alt.value(opacity)).otherwise(alt.value(0.08))


def tooltip(**fields: str) -> list[alt.Tooltip]:
    """What a mark says when it is pointed at: title -> field with its type, `required:Q`; numbers with commas."""
    shown = {"Q": ",.1f", "I": ",.0f"}
    made = []
    for title, field in fields.items():
        name, kind = field.split(":")
        words = title.replace("_", " ")
        if kind in shown:
            made.append(alt.Tooltip(field=name, type="quantitative", format=shown[kind], title=words))
        else:
            made.append(alt.Tooltip(field=name, type="nominal", title=words))
    return made
