"""The scatter plot of required and written words, with EvalScope's axes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import altair as alt

from longhand.charts.drawn import write_png
from longhand.charts.style import finished, inline

LIMITS = (50, 25_000)
"""Words, on both axes."""

_POINTS = "#d62728"


def draw_scatter(required: Sequence[int], written: Sequence[int], out: Path) -> None:
    """Draws one point per response on logarithmic axes, with the diagonal; equal points give equal bytes.

    What lies beyond the axes, a response without words say, is drawn hollow on their edge.
    """
    low, high = LIMITS
    rows = [
        {"x": min(max(x, low), high), "y": min(max(y, low), high), "inside": low <= x <= high and low <= y <= high}
        for x, y in zip(required, written, strict=True)
    ]
    scale = alt.Scale(type="log", domain=list(LIMITS), nice=False)
    looks: dict[str, Any] = {"values": [100, 1_000, 10_000], "format": ",", "titleFontSize": 16, "labelFontSize": 14}
    x = alt.X("x:Q", scale=scale, axis=alt.Axis(title="Required Length", **looks))
    y = alt.Y("y:Q", scale=scale, axis=alt.Axis(title="Output Length", **looks))
    diagonal = alt.Chart(inline([{"x": end, "y": end} for end in LIMITS]))
    fill = alt.when("datum.inside").then(alt.value(_POINTS)).otherwise(alt.value(None))
    points = alt.Chart(inline(rows)).mark_point(shape="circle", size=90, stroke=_POINTS, opacity=0.4)
    line = diagonal.mark_line(color="black", strokeWidth=1, strokeDash=[6, 4]).encode(x, y)
    layers = alt.layer(line, points.encode(x, y, fill=fill))
    write_png(finished(layers.properties(width=480, height=480), "Required and written words"), out)
