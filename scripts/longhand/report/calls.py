"""The calls of methods that make several for a text, as they are counted: by step, status and reason, without texts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from longhand.report.wording import clipped, seen
from longhand.summary.inputs import REASON, batches_of
from longhand.tables.schemas import TRACES

_NUMBER = re.compile(r"\d(?:[\d.,]*\d)?")

_UNANSWERED = ("failed", "refused", "too_long")
"""Statuses of calls that got no answer: the reason is the server's."""

REASONS_EACH = 6
"""Reasons shown per table; the rest is counted in one line."""

Calls = Counter[tuple[str, str, str]]
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
            error = row["error"] or ""
            remark = row["status"] not in _UNANSWERED
            reason = seen(_NUMBER.sub("N", error.partition(": ")[0]) if remark else error) if error.strip() else ""
            counts[row["step"], row["status"], clipped(reason, REASON)] += row["count_all"]
    return counts


@dataclass(frozen=True)
class CallReason:
    """Calls of a step that are not "ok", and why: how many there are in each column of a table.

    `step` is "all" where they are all calls, "others" where they have several reasons that are not shown.
    """

    step: str
    status: str
    text: str
    counts: list[int]


def call_reasons(columns: Iterable[Calls]) -> list[CallReason]:
    """The most frequent reasons of several counts, as lines of one table; empty where all calls are "ok".

    The first line has all calls, the last may stand for all other reasons.
    """
    counted = list(columns)
    total: Calls = sum(counted, Counter())
    ranked = sorted((key for key in total if key[1] != "ok"), key=lambda key: (-total[key], key))
    lines = [CallReason("all", "", "", [counts.total() for counts in counted])] if ranked else []
    lines += [CallReason(*key, [counts[key] for counts in counted]) for key in ranked[:REASONS_EACH]]
    if rest := ranked[REASONS_EACH:]:
        others = [sum(counts[key] for key in rest) for counts in counted]
        lines.append(CallReason("others", "", f"{len(rest)} other reasons", others))
    return lines
