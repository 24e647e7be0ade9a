"""The files that the page is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class PageFiles:
    """Tables of results: what compute rules made of raw tables, which the page only shows.

    Attributes:
        summary: results/summary/{name}.parquet, by name.
        leaderboard: None where nothing is evaluated.
        comparison, win_rates: None with fewer than two models.
        agreement, length_bias: None where nothing is judged.
        succession: None where no judge takes another's place.
        certification: None where nothing is certified.
        totals: None where no datasets make a published total.
        figures: the folder results/figures; None before they are drawn.
    """

    summary: Mapping[str, Path]
    leaderboard: Path | None = None
    comparison: Path | None = None
    win_rates: Path | None = None
    agreement: Path | None = None
    length_bias: Path | None = None
    succession: Path | None = None
    certification: Path | None = None
    totals: Path | None = None
    figures: Path | None = None
