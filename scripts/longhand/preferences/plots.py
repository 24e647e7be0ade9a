"""The figure of fine-tuning data: what each filter dropped, and how long the texts that are left are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, StrMethodFormatter

from longhand.tables.files import Row

_KEPT, _DROPPED = "tab:blue", "tab:red"
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
    figure = Figure(figsize=(12, 1.5 + 0.35 * max(8, len(filtered))), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1, 1))
    _draw_filters(left, filtered, words)
    _draw_lengths(right, required, written)
    figure.savefig(out, format="png", dpi=100, metadata={"Software": None})


def _draw_filters(axes: Axes, filtered: Sequence[Row], words: Mapping[str, str]) -> None:
    """A bar per filter, the first on top: what it left, and at its end what it dropped."""
    places = range(len(filtered))
    kept, dropped = ([row[key] for row in filtered] for key in ("left", "dropped"))
    axes.barh(places, kept, color=_KEPT)
    axes.barh(places, dropped, left=kept, color=_DROPPED)
    for place, row in zip(places, filtered, strict=True):
        counts = f" {row['left']:,}" + (f" (−{row['dropped']:,})" if row["dropped"] else "")
        axes.text(row["left"] + row["dropped"], place, counts, va="center", fontsize=9)
    axes.set_yticks(places, [words.get(row["filter"], "all responses") for row in filtered], parse_math=False)
    axes.invert_yaxis()
    axes.margins(x=0.2)
    axes.set(xlim=(0, None), xlabel="responses: left (blue), dropped (red)")
    axes.spines[["top", "right"]].set_visible(False)


def _draw_lengths(axes: Axes, required: Sequence[int], written: Sequence[int]) -> None:
    """Histograms over words on a logarithmic axis; a text without words stands at one."""
    counted = [max(1, number) for number in written]
    bins = np.geomspace(min([*counted, *required]) / 1.1, max([*counted, *required]) * 1.1, _BINS).tolist()
    axes.hist(counted, bins=bins, color=_KEPT, alpha=0.6, label="written")
    if required:
        axes.hist(required, bins=bins, histtype="step", linewidth=1.5, color="black", label="required")
    axes.set(xscale="log", xlabel="words", ylabel="conversations")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.tick_params(axis="x", labelrotation=45)
    axes.legend(frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2)
    axes.spines[["top", "right"]].set_visible(False)
