"""Prints how ways of judging by rewards compare.

Reads: results/reward-modes.parquet.
"""

from __future__ import annotations

from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from longhand.program.command import run
from longhand.program.printable import printable
from longhand.report.wording import DASH, integer, money, short
from longhand.tables.files import Row, read_rows
from longhand.tables.score_tables import REWARD_MODES

MEASURES = {
    "rank_within": ("rank within", 2),
    "rank_all": ("rank all", 2),
    "shift": ("shift", 1),
    "pairs_changed": ("pairs changed", 2),
    "pairs_turned": ("pairs turned", 2),
}
"""Column -> heading, and digits that are shown."""
CAPTION = (
    "Rewards on 0–100, held against a repeat of the first judge; under each number its 95% interval, by resampling "
    "prompts.\n"
    "against 1: a mode has the replies that it does not ask otherwise in common with the first judge. against 2: none "
    "but the facts,\nas the first judge's own two repeats.\n"
    "calls, tokens, cost: of the mode alone, under them what rows above have asked already. scored: answers with a "
    "reward.\n"
    "rank: Spearman's correlation of the rewards, mean within prompts and over all answers. shift: mean difference.\n"
    "pairs: best against worst of each prompt; changed: another one, turned: the reference prefers the rejected answer."
)


def mode_name(row: Row) -> str:
    """The judge, and which of its repeats, where it is not the first."""
    return printable(row["judge"]) + (f"\nrepeat {row['repeat'] + 1}" if row["repeat"] else "")


def measured(row: Row, name: str, digits: int) -> str:
    """A number and under it its interval; a dash where there is none."""
    value, low, high = row[name], row[f"{name}_low"], row[f"{name}_high"]
    if value is None:
        return DASH
    return f"{value:.{digits}f}" + ("" if low is None else f"\n[{low:.{digits}f}, {high:.{digits}f}]")


def modes_table(rows: list[Row]) -> Table:
    """One line per mode of a dataset, the reference first."""
    title = f"{printable(rows[0]['dataset'])}: {rows[0]['n_answers']} answers to {rows[0]['n_prompts']} prompts"
    table = Table(title=title, caption=CAPTION, box=box.SIMPLE, padding=(0, 1), title_style="bold")
    table.title_justify = table.caption_justify = "left"
    priced = any(row["cost"] is not None for row in rows)
    table.add_column("judge", min_width=12, overflow="fold")
    headings = (
        "calls",
        "tokens in",
        "tokens out",
        *["cost"] * priced,
        "scored",
        "against",
        *(h for h, _ in MEASURES.values()),
    )
    for heading in headings:
        table.add_column(heading, justify="right")
    shown: tuple[str, int] | None = None
    for row in rows:
        usage = [f"{integer(row['calls'])}\n{integer(row['calls_shared'])}"]
        for name in ("prompt_tokens", "completion_tokens"):
            usage.append(f"{short(row[name])}\n{short(row[f'{name}_shared'])}")
        usage += [f"{money(row['cost'])}\n{money(row['cost_shared'])}"] * priced
        about = [mode_name(row), *usage, integer(row["n_scored"])]
        if (row["judge"], row["repeat"]) == shown:  # held against another repeat: the mode is told above
            about = [""] * len(about)
        shown = row["judge"], row["repeat"]
        itself = row is rows[0]
        measures = [DASH if itself else measured(row, name, digits) for name, (_, digits) in MEASURES.items()]
        table.add_row(*about, DASH if itself else str(row["against"] + 1), *measures)
    return table


def main(*, modes: Path) -> None:
    """Prints a table per dataset."""
    rows = list(read_rows(modes, REWARD_MODES))
    for dataset in dict.fromkeys(row["dataset"] for row in rows):
        Console().print(modes_table([row for row in rows if row["dataset"] == dataset]))


if __name__ == "__main__":
    run(main)
