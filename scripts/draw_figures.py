"""Draws the report's figures, for the page and for papers.

Reads the leaderboard, the tables of results/summary/, and the settings of the run as JSON. Writes a folder
results/figures: of each figure its specification for Vega-Lite (`.json`), and its picture as `.svg` and `.png`. Prints
how many there are, and what drawing them took.
"""

from __future__ import annotations

import json
import resource
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path

from longhand.charts.drawn import png_of, svg_of
from longhand.program.command import run
from longhand.report.drawings.every import every_drawing
from longhand.report.page_files import PageFiles
from longhand.report.page_tables import Page
from longhand.summary.settings import read_settings


def main(
    *,
    leaderboard: list[Path],
    summary: list[Path],
    settings: Path,
    out: Path,
) -> None:
    """Writes the figures.

    Args:
        leaderboard: results/leaderboard.parquet; none where nothing is evaluated.
        summary: results/summary/{name}.parquet, all of them.
        settings: JSON of what was run.
        out: the folder.
    """
    files = PageFiles({path.stem: path for path in summary}, next(iter(leaderboard), None))
    began, drawn = time.monotonic(), 0
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    for name, spec in every_drawing(Page(files, read_settings(settings), datetime.now(UTC))):
        path = out / name
        path.parent.mkdir(exist_ok=True)
        svg = svg_of(spec)
        (out / f"{name}.json").write_text(json.dumps(spec), encoding="utf-8")
        (out / f"{name}.svg").write_text(svg, encoding="utf-8")
        (out / f"{name}.png").write_bytes(png_of(svg))
        drawn += 1
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{drawn} figures, {time.monotonic() - began:.1f} s, {megabytes:.0f} MB of memory")


if __name__ == "__main__":
    run(main)
