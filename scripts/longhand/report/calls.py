"""Why calls were not ok, as lines of a table: a column per model, or per iteration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from longhand.report.wording import clipped, seen
from longhand.tables.files import Row


@dataclass(frozen=True)
class CallReason:
    """Calls of a step that are not "ok", and why: how many there are in each column of a table.

    `step` is "all" where they are all calls, "others" where they have several reasons that are not shown.
    """

    step: str
    status: str
    text: str
    counts: list[int]


def call_reasons(rows: Sequence[Row], columns: Mapping[tuple[str, str], str]) -> tuple[list[str], list[CallReason]]:
    """The columns and lines of a table; no lines where all calls are "ok".

    Args:
        rows: of CALL_REASONS, of one list.
        columns: dataset and model -> the name of their column, in order.
    """
    shown = [key for key in columns if any((row["dataset"], row["model"]) == key for row in rows)]
    lines = []
    for rank, of_rank in groupby(sorted(rows, key=itemgetter("rank")), itemgetter("rank")):
        counts = {(row["dataset"], row["model"]): row for row in of_rank}
        lines.append(_line(rank, next(iter(counts.values())), [counts[key]["n"] for key in shown]))
    return [columns[key] for key in shown], lines


def _line(rank: int, row: Row, counts: list[int]) -> CallReason:
    if rank == 0:
        return CallReason("all", "", "", counts)
    if row["step"] is None:
        return CallReason("others", "", f"{row['reasons']} other reasons", counts)
    return CallReason(row["step"], row["status"], clipped(seen(row["reason"])) if row["reason"] else "", counts)
