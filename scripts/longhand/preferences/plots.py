"""The figure of fine-tuning data: what each filter dropped, and how long the texts that are left are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from longhand.tables.files import Row

_KEPT, _DROPPED = "tab:blue", "tab:red"
_BINS = 30


def draw_selection(
    filtered: Sequence[Row], words: Mapping[str, str], required: Sequence[int], written: Sequence[int], out: Path
) -> None:
    """Draws a PNG; equal numbers give equal bytes.

    Args:
        filtered: rows of the table FILTERED, in order.
        words: what each filter drops, by its name.
        required, written: words of the conversations that are left; those without a required length have none.
        out: the file.
    """
    figure = Figure(figsize=(12, 1.5 + 0.35 * max(8, len(filtered))), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    _draw_filters(left, filtered, words)
    _draw_lengths(right, {"required": required, "written": written})
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


def _draw_lengths(axes: Axes, lengths: Mapping[str, Sequence[int]]) -> None:
    """A histogram per kind of length, over words on a logarithmic axis; a text without words stands at one."""
    counted = {name: np.clip(numbers, 1, None) for name, numbers in lengths.items() if len(numbers)}
    if counted:
        least, most = (edge([edge(numbers) for numbers in counted.values()]) for edge in (np.min, np.max))
        bins = np.geomspace(least / 1.1, most * 1.1, _BINS).tolist()
        for (name, numbers), color in zip(counted.items(), ("tab:orange", _KEPT), strict=False):
            axes.hist(numbers, bins=bins, histtype="step", linewidth=1.5, color=color, label=name)
        axes.legend(frameon=False)
    axes.set(xscale="log", xlabel="words", ylabel="conversations")
    axes.spines[["top", "right"]].set_visible(False)
