"""The plan in the terminal."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table

from longhand.plan.costs import Costs, Range, three_digits
from longhand.plan.summary import Plan

MEANING = (
    "Ranges: 95% of the spread that earlier answers show; where there are none, answers half to twice as long as"
    " required (as 500 words, where no length is), and up to 10% of a judge's replies unreadable and asked for again."
)
NAME_WIDTH = 12
"""Characters of a name that stand in one line at least."""


def show(plan: Plan, console: Console) -> None:
    """Prints the plan: jobs by rule with their reasons, what is asked, the total, what is not known."""
    if not plan.rules:
        console.print("Nothing is stale: a run would do nothing.")
        return
    rules = _table("Stale jobs", "rule", "jobs", "why")
    for rule, jobs in plan.rules.items():
        why = "; ".join(f"{reason} ({n})" if n < jobs else reason for reason, n in plan.reasons[rule].items())
        rules.add_row(rule, str(jobs), why)
    console.print(rules)
    if plan.lines:
        asks = _asks(plan)
        # Numbers are never cut off: a terminal that is narrower than they need breaks the lines itself.
        console.width = max(console.width, _least_width(asks, console))
        console.print(asks)
        console.print(MEANING, style="dim")
    else:
        console.print("Nothing is asked of a model.")
    if plan.trainings:
        console.print(_trainings(plan))
    for note in plan.notes:
        console.print(f"Note: {note}.", highlight=False)


def _asks(plan: Plan) -> Table:
    money = any(line.costs.usd != Range() for line in plan.lines)
    hours = any(line.costs.gpu_hours != Range() for line in plan.lines)
    estimated = any(line.costs.certain != line.costs.requests.low for line in plan.lines)
    counts = ["jobs", "rows", "requests", *["of them\ncertain"] * estimated]
    columns = [*counts, "tokens in", "tokens out", *["USD"] * money, *["GPU h"] * hours]
    asks = _table("To ask", "step", "asked", "dataset", *columns)

    def parts(costs: Costs) -> list[Range | None]:
        return [costs.tokens_in, costs.tokens_out, *[costs.usd] * money, *[costs.gpu_hours] * hours]

    def cells(costs: Costs) -> list[str]:
        return [_ends(part) for part in parts(costs)]

    unknown = [None in column for column in zip(*(parts(line.costs) for line in plan.lines), strict=True)]
    total = [text.strip("–") + " + ?" * some for text, some in zip(cells(plan.total), unknown, strict=True)]

    def numbers(jobs: int, rows: int | None, costs: Costs, unknown: bool) -> list[str]:
        some = [jobs, costs.requests.low, *[costs.certain] * estimated]
        known, *others = (_sum(f"{number:,.0f}" if number else "", unknown) for number in some)
        return [known, "" if rows is None else _sum(f"{rows:,}" if rows else "", unknown), *others]

    for line in plan.lines:
        counted = numbers(line.jobs, line.rows, line.costs, line.unknown)
        asks.add_row(line.step, line.name, line.dataset, *counted, *cells(line.costs))
    asks.add_section()
    jobs, rows = sum(line.jobs for line in plan.lines), sum(line.rows or 0 for line in plan.lines)
    asks.add_row("total", "", "", *numbers(jobs, rows, plan.total, plan.unknown), *total, style="bold")
    return asks


def _trainings(plan: Plan) -> Table:
    trainings = _table("To train", "train", "method", "base", "GPUs", "GB of each, by estimate", "of")
    for training in plan.trainings:
        needed = f"{training.memory.total / 1e9:.0f}" if training.memory else "?"
        limit = f"{training.limit:g}" if training.limit else ""
        trainings.add_row(training.name, training.method, training.base, str(training.gpus), needed, limit)
    return trainings


def _sum(known: str, unknown: bool) -> str:
    """A number as far as it is known."""
    return " + ".join(part for part in (known, "?" * unknown) if part) or "0"


def _table(title: str, *headings: str) -> Table:
    table = Table(title=title, box=box.SIMPLE, padding=(0, 1), title_justify="left", title_style="bold")
    for heading in headings:
        name = heading in ("asked", "dataset", "train", "base", "why")
        text = name or heading in ("rule", "step", "method")
        # Where it is narrow, names go on in the next line, and numbers stay whole: nothing is cut off.
        least = NAME_WIDTH if name else None
        table.add_column(
            heading, justify="left" if text else "right", no_wrap=not name, overflow="fold", min_width=least
        )
    return table


def _least_width(table: Table, console: Console) -> int:
    """Columns that a table needs when its names go on in the next line."""
    whole = console.measure(table, options=console.options.update(width=1000)).minimum
    names = [column for column in table.columns if not column.no_wrap]
    return whole - sum(max(0, *(len(str(cell)) - NAME_WIDTH for cell in column.cells)) for column in names)


def _ends(value: Range | None) -> str:
    """What is expected, and the range below it; a dash for nothing, a question mark for what is not known."""
    if value is None:
        return "?"
    if not value.high:
        return "–"
    low, expected, high = map(three_digits, value)
    return f"{expected}\n{low}–{high}"
