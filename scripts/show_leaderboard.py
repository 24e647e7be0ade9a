"""Prints the leaderboard's overall rows to the terminal.

Reads: results/leaderboard.parquet.
"""

from __future__ import annotations

from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from longhand.command import run
from longhand.report.board import standing
from longhand.report.wording import PUBLISHED, flags
from longhand.tables import LEADERBOARD, Row, read_rows

MEANS = {"S̄": "score", "S_L": "score_l", "S_Q": "score_q"}


def shown(row: Row, name: str) -> str:
    """A mean with its 95% interval, or a dash where there is none; for S_L, how many rows it is of where not of all."""
    low, mean, high = row[f"{name}_low"], row[name], row[f"{name}_high"]
    if mean is None:
        return "—"
    fewer = f" n {row['n_scored_l']}" if name == "score_l" and row["n_scored_l"] != row["n"] else ""
    return (f"{mean:.1f}" if low is None else f"{mean:.1f} [{low:.0f}–{high:.0f}]") + fewer


def named(row: Row) -> Text:
    """The model, and under it what its scores must not hide."""
    told = flags(row)
    return Text.assemble(row["model"], *([(f"\n  {told}", "yellow")] if told else []))


def board(rows: list[Row], title: str, judged: bool) -> Table:
    """One line per model; S_Q only where there is a judge, S_L only where lengths are required."""
    table = Table(title=title, box=box.SIMPLE, padding=(0, 1), title_justify="left", title_style="bold")
    sized = any(row["n_scored_l"] for row in rows)
    known = {"S̄": sized and judged, "S_L": sized, "S_Q": judged}
    means = {heading: name for heading, name in MEANS.items() if known[heading]}
    table.add_column("model", min_width=12, overflow="fold")  # in a narrow terminal it wraps: nothing is cut
    for heading in (*means, "judged" if judged else "answered"):
        table.add_column(heading, no_wrap=True, justify="right")
    for row in rows:
        done = row["n_judged"] if judged else row["n_answered"]
        table.add_row(named(row), *(shown(row, name) for name in means.values()), f"{done} of {row['n']}")
    return table


def main(*, leaderboard: Path) -> None:
    """Prints one table per dataset and judge, one line per model, in the report's order."""
    overall = [row for row in read_rows(leaderboard, LEADERBOARD) if row["slice_kind"] == "all"]
    for dataset, judge, missing in dict.fromkeys((row["dataset"], row["judge"], row["missing"]) for row in overall):
        title = f"{dataset}, judged by {judge}" if judge else f"{dataset}, not judged"
        title += f"; unread verdicts {PUBLISHED[missing]}" if missing in PUBLISHED else ""
        rows = [row for row in overall if (row["dataset"], row["judge"]) == (dataset, judge)]
        Console().print(board(sorted(rows, key=standing), title, judge is not None))


if __name__ == "__main__":
    run(main)
