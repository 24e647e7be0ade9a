"""The scatter plot of required and written words, with EvalScope's axes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

LIMITS = (50, 25_000)
"""Words, on both axes."""


def draw_scatter(required: Sequence[int], written: Sequence[int], out: Path) -> None:
    """Draws one point per response on logarithmic axes, with the diagonal; equal points give equal bytes.

    What lies beyond the axes, a response without words say, is drawn hollow on their edge.
    """
    points = np.array([required, written], dtype=float)
    shown = points.clip(*LIMITS)
    inside = (shown == points).all(axis=0)
    figure = Figure(figsize=(6, 6), layout="constrained")
    axes = figure.add_subplot()
    axes.plot(LIMITS, LIMITS, color="black", linewidth=1, linestyle="--", zorder=1)
    for part, fill in ((inside, "tab:red"), (~inside, "none")):
        x, y = shown[:, part]
        axes.scatter(x, y, s=60, facecolor=fill, edgecolor="tab:red", alpha=0.4, clip_on=False, zorder=2)
    axes.set(xscale="log", yscale="log", xlim=LIMITS, ylim=LIMITS, aspect="equal")
    axes.set_xlabel("Required Length", fontsize=16)
    axes.set_ylabel("Output Length", fontsize=16)
    axes.tick_params(labelsize=14)
    figure.savefig(out, format="png", dpi=100, metadata={"Software": None})
