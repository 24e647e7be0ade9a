"""Makes the report of a run: one page that works without the network, and shows the same without scripts.

Reads the leaderboard, the comparison of models, the tables of results/summary/, the figures, and the settings of the
run as JSON; it computes nothing. Writes results/report.html.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from longhand.program.command import run
from longhand.report.page import render
from longhand.report.page_files import PageFiles
from longhand.summary.settings import read_settings


def main(
    *,
    summary: list[Path],
    leaderboard: list[Path],
    comparison: list[Path],
    win_rates: list[Path],
    agreement: list[Path],
    length_bias: list[Path],
    succession: list[Path],
    certification: list[Path] | None = None,
    totals: list[Path] | None = None,
    figures: Path,
    settings: Path,
    out: Path,
) -> None:
    """Writes the report.

    Args:
        summary: results/summary/{name}.parquet, all of them.
        leaderboard: results/leaderboard.parquet; none where nothing is evaluated.
        comparison, win_rates: results/comparison.parquet and win_rates.parquet; none with a single model.
        agreement, length_bias: results/agreement.parquet, results/length_bias.parquet; none where nothing is judged.
        succession: results/succession.parquet; none where no judge takes another's place.
        certification: results/certification.parquet; none where nothing is certified.
        totals: results/totals.parquet; none where no datasets make a published total.
        figures: the folder results/figures.
        settings: JSON of what was run: title, seed, missing, min_coverage, datasets, models, judges, pairs, made, sft,
            self_lengthen.
        out: the page.
    """
    files = PageFiles(
        summary={path.stem: path for path in summary},
        leaderboard=next(iter(leaderboard), None),
        comparison=next(iter(comparison), None),
        win_rates=next(iter(win_rates), None),
        agreement=next(iter(agreement), None),
        length_bias=next(iter(length_bias), None),
        succession=next(iter(succession), None),
        certification=next(iter(certification or []), None),
        totals=next(iter(totals or []), None),
        figures=figures,
    )
    page = render(files, read_settings(settings), datetime.now(UTC))
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f".{out.name}.partial")
    partial.write_text(page, encoding="utf-8")
    os.replace(partial, out)


if __name__ == "__main__":
    run(main)
