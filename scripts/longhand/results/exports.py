"""The leaderboard in the forms of other programs: CSV for a spreadsheet, Markdown for a model card."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from longhand.program.printable import printable
from longhand.results.bridged_words import bridged_words
from longhand.results.prompt_means import PARTS
from longhand.results.remarks import LEADERS, METRIC_SYMBOLS, MISSING, best_first, certified_note, doubt, whose_verdicts
from longhand.results.total_words import by_total, uncertified_total, what_total_lacks
from longhand.tables.files import Row


def as_csv(leaderboard: pd.DataFrame) -> str:
    """The leaderboard as CSV: its texts in one line, an apostrophe before what a spreadsheet takes for a formula."""
    texts = leaderboard.select_dtypes(exclude="number").columns
    plain = leaderboard.assign(**{name: leaderboard[name].map(_plain) for name in texts})
    return str(plain.rename(columns=_plain).to_csv(index=False, float_format="%.4f"))


def _plain(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = printable(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def as_markdown(leaderboard: Sequence[Row], totals: Sequence[Row] = ()) -> str:
    """The overall rows as Markdown, for a model card: a table per dataset and judge, the best models first.

    Args:
        leaderboard: its rows.
        totals: published totals over several datasets; their tables come last.
    """
    boards: dict[tuple[str, str | None], list[Row]] = {}
    for row in leaderboard:
        boards.setdefault((row["dataset"], row["judge"]), []).append(row)
    tables = [
        _table([row for row in rows if row["slice_kind"] == "all"], certified_note(rows)) for rows in boards.values()
    ]
    tables += [_total_table(rows, uncertified_total(rows, leaderboard)) for rows in by_total(totals).values()]
    return "\n".join(line for table in tables for line in table)


def _table(rows: list[Row], certified: str | None) -> list[str]:
    dataset, judge = rows[0]["dataset"], rows[0]["judge"]
    metrics = [name for name in PARTS if any(row[name] is not None for row in rows)]
    heads = [
        "Model",
        *(METRIC_SYMBOLS[name] for name in metrics),
        "prompts",
        "responses",
        *(["judged"] if judge else []),
    ]
    lines = [f"**{_cell(dataset)}**, {_cell(whose_verdicts(rows[0]))}", ""]
    lines += [f"| {' | '.join(heads)} |", f"|---|{'---:|' * (len(heads) - 1)}"]
    for row in sorted(rows, key=best_first):
        counts = [row[f"n_prompts_{metrics[0]}"] if metrics else 0, row["n"], *([row["n_judged"]] if judge else [])]
        cells = [_cell(row["model"]), *(_estimate(row, name) for name in metrics), *(f"{n:,}" for n in counts)]
        lines.append(f"| {' | '.join(cells)} |")
    notes = ["Means over prompts on 0–100, with 95% intervals by Student's t."]
    if any(row[f"{name}_leads"] for row in rows for name in metrics):
        notes.append(LEADERS)
    doubts = [(row["model"], name, doubt(row, name)) for row in rows for name in metrics]
    notes += [f"{_cell(model)}, {METRIC_SYMBOLS[name]}: {reason}." for model, name, reason in doubts if reason]
    bridges = [(row["model"], bridged_words(row)) for row in rows]
    notes += [f"{_cell(model)}: {_cell(words)}." for model, words in bridges if words]
    notes += [MISSING[row["missing"]] for row in rows[:1] if row["missing"] not in (None, "exclude")]
    notes += [] if certified is None else [_cell(certified)]
    return [*lines, "", " ".join(notes), ""]


def _total_table(rows: Sequence[Row], uncertified: str | None) -> list[str]:
    """A published total: the mean of its datasets, and the means of these."""
    datasets = [part["dataset"] for part in rows[0]["parts"]]
    lines = [f"**{_cell(rows[0]['total'])}**, judged by {_cell(rows[0]['judge'])}, scores as published", ""]
    lines += [f"| Model | total | {' | '.join(map(_cell, datasets))} |", f"|---|{'---:|' * (len(datasets) + 1)}"]
    for row in rows:
        interval = "" if row["low"] is None else f" [{row['low']:.2f}, {row['high']:.2f}]"
        means = ["–" if part["mean"] is None else f"{part['mean']:.2f}" for part in row["parts"]]
        total_cell = "–" if row["mean"] is None else f"{row['mean']:.2f}{interval}"
        lines.append(f"| {' | '.join([_cell(row['model']), total_cell, *means])} |")
    notes = ["The total is the mean of the datasets' means, with its 95% interval over prompts."]
    notes += [f"{_cell(row['model'])}: {_cell(why)}." for row in rows if (why := what_total_lacks(row))]
    notes += [] if uncertified is None else [_cell(uncertified)]
    return [*lines, "", " ".join(notes), ""]


def _estimate(row: Row, name: str) -> str:
    """A mean with its interval: "63.2 [61.0, 65.4]"."""
    if row[name] is None:
        return "–"
    interval = "" if row[f"{name}_low"] is None else f" [{row[f'{name}_low']:.1f}, {row[f'{name}_high']:.1f}]"
    mean = f"{row[name]:.1f}"
    return (f"**{mean}**" if row[f"{name}_leads"] else mean) + interval


def _cell(text: str) -> str:
    """A name in a table: in one line, without what is markup in Markdown or HTML."""
    return "".join(f"\\{c}" if c in "\\|`*_[]~" else {"<": "&lt;", "&": "&amp;"}.get(c, c) for c in printable(text))
