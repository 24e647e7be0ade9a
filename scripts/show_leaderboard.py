"""Prints the leaderboard's overall rows to the terminal.

Reads: results/leaderboard.parquet.
"""

from __future__ import annotations

from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from longhand.command import run
from longhand.tables import LEADERBOARD, Row, read_rows

MEANS = {"S̄": "score", "S_L": "score_l", "S_Q": "score_q"}


def shown(row: Row, name: str) -> str:
    """A mean with its 95% interval, or a dash where there is none."""
    low, mean, high = row[f"{name}_low"], row[name], row[f"{name}_high"]
    if mean is None:
        return "—"
    return f"{mean:.1f}" if low is None else f"{mean:.1f} [{low:.1f}, {high:.1f}]"


def main(*, leaderboard: Path) -> None:
    """Prints one line per dataset, model and judge."""
    table = Table(box=box.SIMPLE, pad_edge=False, header_style="bold", highlight=True)
    for heading in ("dataset", "model", "judge", *MEANS, "n", "answered", "judged"):
        table.add_column(heading, no_wrap=True)
    for row in read_rows(leaderboard, LEADERBOARD):
        if row["slice_kind"] == "all":
            means = [shown(row, name) for name in MEANS.values()]
            counts = [str(row[name]) for name in ("n", "n_answered", "n_judged")]
            table.add_row(row["dataset"], row["model"], row["judge"] or "—", *means, *counts)
    Console().print(table)


if __name__ == "__main__":
    run(main)
