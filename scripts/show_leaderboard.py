"""Prints the leaderboard's overall rows to the terminal, and the means of further metrics.

Reads: results/leaderboard.parquet, results/{dataset}/{model}/metrics.parquet.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from longhand.program.command import run
from longhand.program.printable import printable
from longhand.report.board import METRIC_SYMBOLS, rows_behind, standing
from longhand.report.wording import PUBLISHED, fixed, flags, gaps, integer, money, without_score
from longhand.results.metrics import mean_over_prompts
from longhand.results.remarks import doubt, unread
from longhand.tables.files import Row, read_rows
from longhand.tables.score_tables import LEADERBOARD, METRICS


def shown(row: Row, name: str) -> str:
    """A mean, under it its 95% interval and how many rows it is of, where not of all; a dash where there is none."""
    low, mean, high = row[f"{name}_low"], row[name], row[f"{name}_high"]
    if mean is None:
        return "—"
    behind = rows_behind(row, name)
    lines = [f"{mean:.1f}", "" if low is None else f"[{low:.0f}–{high:.0f}]", behind and f"n {behind}"]
    return "\n".join(line for line in lines if line)


def named(row: Row) -> Text:
    """The model, and under it what its scores must not hide."""
    notes = ", ".join(filter(None, (gaps(row), flags(row))))
    return Text.assemble(printable(row["model"]), *([(f"\n{notes}", "yellow")] if notes else []))


def total_cost(row: Row) -> float | None:
    """USD for responses and verdicts, of those that have a price; None where none has."""
    known = [row[name] for name in ("cost", "judge_cost") if row[name] is not None]
    return sum(known) if known else None


def shared_cost(rows: list[Row]) -> list[str]:
    """What the judge's calls cost that the models of a table share: it is in no model's costs."""
    known = [row["judge_shared_cost"] for row in rows if row["judge_shared_cost"] is not None]
    return [f"The costs leave out {money(known[0])} that the judge took once for all models."] if known else []


def remarks(rows: list[Row]) -> Iterator[str]:
    """Why means have no interval, and what unread verdicts could make of them."""
    for row in rows:
        lacking = {METRIC_SYMBOLS[name]: doubt(row, name) for name in METRIC_SYMBOLS}
        of_reasons = {reason: [name for name in lacking if lacking[name] == reason] for reason in lacking.values()}
        parts = [f"{', '.join(names)}: {reason}" for reason, names in of_reasons.items() if reason]
        if unread_verdicts := unread(row):
            parts.append(unread_verdicts)
        if parts:
            yield f"{printable(row['model'])}: {'; '.join(parts)}."


def board(rows: list[Row], title: str, judged: bool) -> Table:
    """One line per model; S_Q only where there is a judge, S_L only where lengths are required, costs where known."""
    most = {name: max(row[name] for row in rows) for name in ("n", "n_without_length", "n_without_rule")}
    reasons = without_score(most["n"], most["n_without_length"], most["n_without_rule"], "response")
    notes = [*(reasons if any(row["n_scored_l"] for row in rows) else ()), *shared_cost(rows), *remarks(rows)]
    caption = "\n".join(notes) or None
    table = Table(title=title, caption=caption, box=box.SIMPLE, padding=(0, 1), title_style="bold")
    table.title_justify = table.caption_justify = "left"
    sized = any(row["n_scored_l"] for row in rows)
    priced = any(total_cost(row) is not None for row in rows)
    known = {"score": sized and judged, "score_l": sized, "score_q": judged}
    means = {name: heading for name, heading in METRIC_SYMBOLS.items() if known[name]}
    table.add_column("model", min_width=12, overflow="fold")  # in a narrow terminal it wraps: nothing is cut
    for heading in (*means.values(), "judged" if judged else "answered", "words", *["cost"] * priced):
        table.add_column(heading, no_wrap=True, justify="right")
    for row in rows:
        done = f"{row['n_judged'] if judged else row['n_answered']} of {row['n']}"
        figures = [done, integer(row["words_mean"]), *[money(total_cost(row))] * priced]
        table.add_row(named(row), *(shown(row, name) for name in means), *figures)
    return table


def metric_lines(path: Path) -> Iterator[str]:
    """A line for each metric of a model's responses to a dataset, of each judge for itself."""
    values: dict[tuple[str, str | None], dict[str, list[float]]] = {}
    for row in read_rows(path, METRICS):
        by_prompt = values.setdefault((row["metric"], row["judge"]), {})
        if row["value"] is not None:
            by_prompt.setdefault(row["prompt_id"], []).append(row["value"])
    for (metric, judge), by_prompt in values.items():
        number, mean = sum(map(len, by_prompt.values())), fixed(mean_over_prompts(by_prompt.values()))
        by = f" (judge {judge})" if judge else ""
        yield printable(f"{path.parent.parent.name}, {path.parent.name}: {metric}{by} {mean}, n {integer(number)}")


def main(*, leaderboard: Path, metrics: list[Path] | None = None) -> None:
    """Prints one table per dataset and judge, one line per model, in the report's order; then metrics line by line."""
    overall = [row for row in read_rows(leaderboard, LEADERBOARD) if row["slice_kind"] == "all"]
    for dataset, judge, missing in dict.fromkeys((row["dataset"], row["judge"], row["missing"]) for row in overall):
        title = f"{dataset}, judged by {judge}" if judge else f"{dataset}, not judged"
        title += f"; unread verdicts {PUBLISHED[missing]}" if missing in PUBLISHED else ""
        rows = [row for row in overall if (row["dataset"], row["judge"]) == (dataset, judge)]
        Console().print(board(sorted(rows, key=standing), printable(title), judge is not None))
    for path in metrics or []:
        for line in metric_lines(path):
            print(line)


if __name__ == "__main__":
    run(main)
