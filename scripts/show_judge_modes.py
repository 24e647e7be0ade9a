"""Prints how ways of judging compare.

Reads: results/judge-modes.parquet.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from longhand.plan.costs import three_digits
from longhand.program.command import run
from longhand.program.printable import printable
from longhand.report.wording import DASH, integer, money
from longhand.tables.files import Row, read_rows
from longhand.tables.score_tables import JUDGE_MODES

MEASURES = {"rank_within": ("rank within", 2), "rank_all": ("rank all", 2), "shift": ("shift", 1)}
MEASURES |= {"pairs_changed": ("changed", 2)}
"""Column -> heading, and digits that are shown."""
TAKES = "Of each way of judging alone{shared}. scored: answers with an S_Q."
SHARED = "; under it what rows above have asked already"
CHANGES = """S_Q on 0–100, against that of the first judge; under each number its 95% interval.
against 1: what both judges ask alike is in common with the first judge.
against 2, its repeat 2: only facts of contexts are, as in its own two repeats.
rank: Spearman's correlation, mean within prompts and over all answers. shift: mean difference.
changed: share of prompts whose pair, best against worst, is another one."""


def mode_name(row: Row) -> str:
    """The judge, and which of its repeats, where it is not the first."""
    return printable(row["judge"]) + (f", repeat {row['repeat'] + 1}" if row["repeat"] else "")


def measured(row: Row, name: str, digits: int) -> str:
    """A number and under it its interval; a dash where there is none."""
    value, low, high = row[name], row[f"{name}_low"], row[f"{name}_high"]
    if value is None:
        return DASH
    return f"{value:.{digits}f}" + ("" if low is None else f"\n{low:.{digits}f}…{high:.{digits}f}")


def _table(title: str, caption: str, headings: Iterable[str]) -> Table:
    table = Table(title=title, caption=caption, box=box.SIMPLE, padding=(0, 1), title_style="bold")
    table.title_justify = table.caption_justify = "left"
    table.add_column("judge", min_width=10, overflow="fold")
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def costs_table(rows: list[Row]) -> Table:
    """What each mode takes of those that have a reference in common."""
    title = f"{printable(rows[0]['dataset'])}: {rows[0]['n_answers']} answers to {rows[0]['n_prompts']} prompts"
    priced = any(row["cost"] is not None for row in rows)
    shown = {"calls": integer, "prompt_tokens": three_digits, "completion_tokens": three_digits}
    shown |= {"cost": money} if priced else {}
    shared = any(row["calls_shared"] for row in rows)
    caption = TAKES.format(shared=SHARED if shared else "")
    table = _table(title, caption, ("calls", "tokens in", "tokens out", *["cost"] * priced, "scored"))
    for row in {(row["judge"], row["repeat"]): row for row in rows}.values():
        cells = (
            form(row[name]) + (f"\n{form(row[f'{name}_shared'])}" if shared else "") for name, form in shown.items()
        )
        table.add_row(mode_name(row), *cells, integer(row["n_scored"]))
    return table


def changes_table(rows: list[Row]) -> Table:
    """What each mode changes, against the reference, which stands first."""
    table = _table("", CHANGES, ("against", *(heading for heading, _ in MEASURES.values())))
    for row in rows[1:]:
        measures = (measured(row, name, digits) for name, (_, digits) in MEASURES.items())
        table.add_row(mode_name(row), str(row["against"] + 1), *measures)
    return table


def main(*, modes: Path) -> None:
    """Prints what ways of judging take and change, dataset by dataset."""
    rows = list(read_rows(modes, JUDGE_MODES))
    for _, group in groupby(rows, itemgetter("dataset", "reference")):
        compared = list(group)
        Console().print(costs_table(compared), *([changes_table(compared)] if len(compared) > 1 else []))


if __name__ == "__main__":
    run(main)
