"""Prints the leaderboard's overall rows to the terminal, what they say in words, further metrics, and what was paid.

Reads: results/leaderboard.parquet, results/{dataset}/{model}/metrics.parquet, results/comparison.parquet,
results/totals.parquet, results/summary/costs.parquet and paid.parquet.
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
from longhand.report.board import rows_behind
from longhand.report.origins import costs as cost_line
from longhand.report.verdict import attention, verdict
from longhand.report.wording import PUBLISHED, counted, fixed, flags, gaps, integer, money, without_score
from longhand.results.bridged_words import bridged_words
from longhand.results.metrics import mean_over_prompts
from longhand.results.remarks import METRIC_SYMBOLS, best_first, certified_note, doubt, unread_bounds, whose_verdicts
from longhand.results.total_words import by_total, uncertified_total, what_total_lacks
from longhand.tables.comparison_tables import COMPARISON
from longhand.tables.files import Row, read_rows
from longhand.tables.score_tables import LEADERBOARD, METRICS, TOTALS
from longhand.tables.summary_tables_run import COSTS, PAID


def shown(row: Row, name: str) -> Text:
    """A mean, bold where it leads; under it its 95% interval and how many rows it is of, where not of all."""
    low, mean, high = row[f"{name}_low"], row[name], row[f"{name}_high"]
    if mean is None:
        return Text("—")
    interval = "" if low is None else f"\n[{low:.0f}–{high:.0f}]"
    behind = f"\nn {rows}" if (rows := rows_behind(row, name)) else ""
    return Text.assemble((f"{mean:.1f}", "bold" if row[f"{name}_leads"] else ""), interval, behind)


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
    """Why means have no interval, what unread verdicts could make of them, and what an old judge would give."""
    for row in rows:
        lacking = {METRIC_SYMBOLS[name]: doubt(row, name) for name in METRIC_SYMBOLS}
        of_reasons = {reason: [name for name in lacking if lacking[name] == reason] for reason in lacking.values()}
        parts = [f"{', '.join(names)}: {reason}" for reason, names in of_reasons.items() if reason]
        parts += filter(None, (unread_bounds(row), bridged_words(row)))
        if parts:
            yield f"{printable(row['model'])}: {'; '.join(parts)}."


def board(rows: list[Row], title: str, judged: bool, certified: str | None = None) -> Table:
    """One line per model; S_Q only where there is a judge, S_L only where lengths are required, costs where known."""
    most = {name: max(row[name] for row in rows) for name in ("n", "n_without_length", "n_without_rule")}
    reasons = without_score(most["n"], most["n_without_length"], most["n_without_rule"], "response")
    notes = [*(reasons if any(row["n_scored_l"] for row in rows) else ()), *shared_cost(rows), *remarks(rows)]
    notes += [] if certified is None else [printable(certified)]
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
    values: dict[tuple[str, str | None], dict[str, list[tuple[float, float]]]] = {}
    for row in read_rows(path, METRICS):
        by_prompt = values.setdefault((row["metric"], row["judge"]), {})
        if row["value"] is not None:
            by_prompt.setdefault(row["prompt_id"], []).append((row["value"], row["weight"] or 1.0))
    for (metric, judge), by_prompt in values.items():
        number, mean = sum(map(len, by_prompt.values())), fixed(mean_over_prompts(by_prompt.values()))
        by = f" (judge {judge})" if judge else ""
        yield printable(f"{path.parent.parent.name}, {path.parent.name}: {metric}{by} {mean}, n {integer(number)}")


def total_line(row: Row) -> str:
    """The published total of a model over several datasets, and what it lacks."""
    interval = "" if row["low"] is None else f" [{fixed(row['low'], 2)} to {fixed(row['high'], 2)}]"
    mean = f"total {fixed(row['mean'], 2)}{interval}, the mean of {len(row['parts'])} datasets"
    words = [] if row["mean"] is None else [mean]
    words += filter(None, [what_total_lacks(row)])
    return printable(f"{row['total']}, {row['model']}: published (judge {row['judge']}): {'; '.join(words)}")


def main(
    *,
    leaderboard: Path,
    metrics: list[Path] | None = None,
    comparison: Path | None = None,
    totals: Path | None = None,
    costs: Path | None = None,
    paid: Path | None = None,
) -> None:
    """Prints a table per dataset and judge, one line per model, in the report's order, and under it the verdict.

    Args:
        leaderboard: results/leaderboard.parquet.
        metrics: results/{dataset}/{model}/metrics.parquet, printed line by line.
        comparison: results/comparison.parquet; without it the verdicts do not say by how much a model leads.
        totals: results/totals.parquet, likewise.
        costs, paid: of results/summary/: what the run cost.
    """
    rows = list(read_rows(leaderboard, LEADERBOARD))
    pairs = list(read_rows(comparison, COMPARISON)) if comparison else []
    for dataset, judge, missing in dict.fromkeys((row["dataset"], row["judge"], row["missing"]) for row in rows):
        of_board, of_pairs = (
            [row for row in some if (row["dataset"], row["judge"]) == (dataset, judge)] for some in (rows, pairs)
        )
        overall = [row for row in of_board if row["slice_kind"] == "all"]
        title = f"{dataset}, {whose_verdicts(overall[0])}"
        title += f"; unread verdicts {PUBLISHED[missing]}" if missing in PUBLISHED else ""
        lines, certified = sorted(overall, key=best_first), certified_note(of_board)
        Console().print(board(lines, printable(title), judge is not None, certified))
        print(printable(verdict(of_board, of_pairs).headline), end="\n\n")
    for path in metrics or []:
        for line in metric_lines(path):
            print(line)
    for of_total in by_total(list(read_rows(totals, TOTALS)) if totals else ()).values():
        print(*map(total_line, of_total), sep="\n")
        if uncertified := uncertified_total(of_total, rows):
            print(printable(uncertified))
    if costs and paid and (line := cost_line([*read_rows(costs, COSTS)], [*read_rows(paid, PAID)])):
        print(printable(line))
    if to_look_at := attention(rows):
        more = f" ({counted(len(to_look_at) - 1, 'more note')} in the report)" if len(to_look_at) > 1 else ""
        print(printable(f"Look at this first: {to_look_at[0]}{more}"))


if __name__ == "__main__":
    run(main)
