"""Prints the leaderboard's overall rows to the terminal.

Reads: results/leaderboard.parquet.
"""

from __future__ import annotations

from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from longhand.command import run
from longhand.leaderboard import PUBLISHED
from longhand.tables import LEADERBOARD, Row, read_rows

MEANS = {"S̄": "score", "S_L": "score_l", "S_Q": "score_q"}


def shown(row: Row, name: str) -> str:
    """A mean with its 95% interval, or a dash where there is none; for S_L, how many rows it is of where not of all."""
    low, mean, high = row[f"{name}_low"], row[name], row[f"{name}_high"]
    if mean is None:
        return "—"
    fewer = f" n {row['n_scored_l']}" if name == "score_l" and row["n_scored_l"] != row["n"] else ""
    return (f"{mean:.1f}" if low is None else f"{mean:.1f} [{low:.0f}–{high:.0f}]") + fewer


def main(*, leaderboard: Path) -> None:
    """Prints one table per dataset and judge, one line per model."""
    overall = [row for row in read_rows(leaderboard, LEADERBOARD) if row["slice_kind"] == "all"]
    for dataset, judge, missing in dict.fromkeys((row["dataset"], row["judge"], row["missing"]) for row in overall):
        title = f"{dataset}, judged by {judge}" if judge else f"{dataset}, not judged"
        title += f"; unread verdicts {PUBLISHED[missing]}" if missing in PUBLISHED else ""
        table = Table(title=title, box=box.SIMPLE, padding=(0, 1), title_justify="left", title_style="bold")
        for heading in ("model", *MEANS, "judged"):
            table.add_column(heading, no_wrap=True, justify="left" if heading == "model" else "right")
        for row in overall:
            if (row["dataset"], row["judge"]) == (dataset, judge):
                means = [shown(row, name) for name in MEANS.values()]
                table.add_row(row["model"], *means, f"{row['n_judged']} of {row['n']}")
        Console().print(table)


if __name__ == "__main__":
    run(main)
