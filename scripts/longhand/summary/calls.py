"""The calls of methods that make several for a text, counted by step, status and reason, without their texts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from longhand.summary.inputs import REASON, Source, batches_of
from longhand.tables.files import Row
from longhand.tables.schemas import TRACES

_NUMBER = re.compile(r"\d(?:[\d.,]*\d)?")

_UNANSWERED = ("failed", "refused", "too_long")
"""Statuses of calls that got no answer: the reason is the server's."""

REASONS_EACH = 6
"""Reasons that are kept of what is ranked together; the rest is counted in one row."""

Key = tuple[str, str, str]

Calls = Counter[Key]
"""Calls by step, status and reason, the empty text where none was given."""


def batches_of_calls(path: Path, columns: list[str]) -> Iterator[pa.RecordBatch]:
    """Some columns of the calls of a table of traces, a batch at a time; its findings are left out."""
    for batch in batches_of(path, TRACES, [*columns, "part"]):
        yield batch.filter(pc.is_null(batch["part"]))


def count_calls(path: Path) -> Calls:
    """Counts the calls of a table of traces.

    What a method says of an answer is cut before the text that it quotes, and its numbers become N, so that alike
    reasons are one.
    """
    counts: Calls = Counter()
    for batch in batches_of_calls(path, ["step", "status", "error"]):
        error = pc.utf8_slice_codeunits(batch["error"], 0, REASON + 1)
        groups = pa.table({"step": batch["step"], "status": batch["status"], "error": error})
        for row in groups.group_by(["step", "status", "error"]).aggregate([([], "count_all")]).to_pylist():
            counts[row["step"], row["status"], _reason(row["status"], row["error"] or "")] += row["count_all"]
    return counts


def _reason(status: str, error: str) -> str:
    remark = status not in _UNANSWERED
    return " ".join((_NUMBER.sub("N", error.partition(": ")[0]) if remark else error).split())


def call_rows(source: Source, calls: Calls) -> Iterator[Row]:
    """Rows of CALLS for one model on one dataset."""
    by_status: Counter[tuple[str, str]] = Counter()
    for (step, status, _), n in calls.items():
        by_status[step, status] += n
    for (step, status), n in sorted(by_status.items()):
        yield {"dataset": source.dataset, "model": source.model, "step": step, "status": status, "n": n}


def reason_rows(together: str, counted: Mapping[Source, Calls]) -> Iterator[Row]:
    """Rows of CALL_REASONS: the most frequent reasons of several tables; none where all calls are "ok".

    Args:
        together: what they are ranked for.
        counted: the calls of each table.
    """
    total: Calls = sum(counted.values(), Counter())
    ranked = sorted((key for key in total if key[1] != "ok"), key=lambda key: (-total[key], key))
    if not ranked:
        return
    several = {"step": None, "status": None, "reason": None}
    yield from _of_each(counted, together, 0, len(ranked), several, list(total))
    for rank, key in enumerate(ranked[:REASONS_EACH], 1):
        step, status, reason = key
        named = {"step": step, "status": status, "reason": reason or None}
        yield from _of_each(counted, together, rank, 1, named, [key])
    if rest := ranked[REASONS_EACH:]:
        yield from _of_each(counted, together, REASONS_EACH + 1, len(rest), several, rest)


def _of_each(
    counted: Mapping[Source, Calls],
    together: str,
    rank: int,
    reasons: int,
    named: Row,
    keys: list[Key],
) -> Iterator[Row]:
    for source, calls in counted.items():
        of_model = {"dataset": source.dataset, "model": source.model, "n": sum(calls[key] for key in keys)}
        yield {"together": together, "rank": rank, "reasons": reasons} | named | of_model
