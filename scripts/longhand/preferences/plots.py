"""The figure of fine-tuning data: what each filter dropped, and how long the texts that are left are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import altair as alt
import numpy as np

from longhand.charts.drawn import write_png
from longhand.charts.style import finished, inline
from longhand.tables.files import Row

_KEPT, _DROPPED = "#1f77b4", "#d62728"
_BINS = 20


def draw_selection(
    filtered: Sequence[Row], words: Mapping[str, str], required: Sequence[int], written: Sequence[int], out: Path
) -> None:
    """Draws a PNG; equal numbers give equal bytes.

    Args:
        filtered: rows of the table FILTERED, in order.
        words: what each filter drops, by its name.
        required: words that the prompts of the responses that are left require, those of them that do.
        written: words of these responses, one at least.
        out: the file.
    """
    height = 26 * max(8, len(filtered))
    parts = [_filters(filtered, words).properties(height=height), _lengths(required, written).properties(height=height)]
    write_png(
        finished(
            alt.hconcat(*parts, spacing=40).resolve_legend(color="independent"),
            "What filters dropped, and lengths of the texts left",
        ),
        out,
    )


def _filters(filtered: Sequence[Row], words: Mapping[str, str]) -> Any:
    """A bar per filter, the first on top: what it left, and at its end what it dropped."""
    names = [words.get(row["filter"], "all responses") for row in filtered]
    rows = [
        {
            "filter": name,
            "left": row["left"],
            "all": row["left"] + row["dropped"],
            "counts": f"{row['left']:,}" + (f" (−{row['dropped']:,})" if row["dropped"] else ""),
        }
        for name, row in zip(names, filtered, strict=True)
    ]
    down = alt.Y("filter:N", sort=None, axis=alt.Axis(title=None, labelLimit=260, grid=False))
    most = max([row["all"] for row in rows], default=1) or 1
    scale = alt.Scale(domain=[0, 1.25 * most], nice=False)
    across = alt.Axis(title="responses: left (blue), dropped (red)", tickMinStep=1, format=",d", tickCount=5)
    kept = alt.Chart().mark_bar(color=_KEPT).encode(down, alt.X("left:Q", scale=scale, axis=across))
    dropped = alt.Chart().mark_bar(color=_DROPPED)
    dropped = dropped.encode(down, alt.X("left:Q", scale=scale, axis=across), alt.X2("all:Q"))
    counts = alt.Chart().mark_text(align="left", dx=4)
    counts = counts.encode(down, alt.X("all:Q", scale=scale, axis=across), alt.Text("counts:N"))
    return alt.layer(kept, dropped, counts, data=inline(rows)).properties(width=340)


def _lengths(required: Sequence[int], written: Sequence[int]) -> Any:
    """Histograms over words on a logarithmic axis; a text without words stands at one."""
    counted = [max(1, number) for number in written]
    edges = np.geomspace(min([*counted, *required]) / 1.1, max([*counted, *required]) * 1.1, _BINS)
    colours = alt.Scale(domain=["written", "required"], range=[_KEPT, "#000000"])
    legend = alt.Legend(orient="top", title=None)
    scale = alt.Scale(type="log", domain=[float(edges[0]), float(edges[-1])], nice=False)
    axis = alt.Axis(title="words", format=",d", values=_ticks(float(edges[0]), float(edges[-1])), labelAngle=-45)
    across, until = alt.X("from:Q", scale=scale, axis=axis), alt.X2("to:Q")
    bars, outlines = _binned("written", counted, edges), _binned("required", required, edges)
    most = max(row["n"] for row in [*bars, *outlines])
    up = alt.Y("n:Q", axis=alt.Axis(title="conversations", tickCount=min(most, 6), format=",d"))
    layers: list[Any] = [
        alt.Chart(inline(bars))
        .mark_bar(opacity=0.6)
        .encode(across, until, up, alt.Y2Datum(0), alt.Color("of:N", scale=colours, legend=legend))
    ]
    if required:
        outline = alt.Chart(inline(outlines)).mark_rule(strokeWidth=1.6)
        layers.append(outline.encode(across, until, up, alt.Color("of:N", scale=colours, legend=legend)))
    return alt.layer(*layers).properties(width=380)


def _binned(name: str, values: Sequence[int], edges: Any) -> list[Row]:
    """How many of the values lie in each bin that has any."""
    counts, _ = np.histogram(values, bins=edges)
    ends = edges.tolist()
    return [{"of": name, "from": ends[i], "to": ends[i + 1], "n": int(n)} for i, n in enumerate(counts) if n]


def _ticks(low: float, high: float) -> list[int]:
    return [tick for i in range(9) for digit in (1, 2, 5) if low <= (tick := digit * 10**i) <= high]
