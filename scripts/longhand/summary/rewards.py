"""Rewards for long contexts in numbers: grades by what became of them, statements by support, what facts took."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from longhand.judging.kinds import STATEMENT
from longhand.summary.inputs import Source, batches_of
from longhand.tables.files import BATCH_ROWS, Row
from longhand.tables.schemas import FACTS, JUDGEMENTS, TRACES


def grade_rows(verdicts: Source) -> Iterator[Row]:
    """Rows of GRADES of one judge and model."""
    counts = _counts(verdicts.path, JUDGEMENTS, ["dimension", "status"])
    for (dimension, status), n in counts.items():
        yield _key(verdicts) | {"dimension": dimension, "status": status, "n": n}


def statement_rows(traces: Source) -> Iterator[Row]:
    """Rows of STATEMENTS of one judge and model."""
    counts: Counter[tuple[float | None, str]] = Counter()
    for batch in batches_of(traces.path, TRACES, ["step", "status", "part", "grade"]):
        findings = batch.filter(pc.and_(pc.equal(batch["step"], STATEMENT), pc.is_valid(batch["part"])))
        for row in findings.to_pylist():
            counts[row["grade"] if row["status"] == "ok" else None, row["status"]] += 1
    for (grade, status), n in sorted(counts.items(), key=lambda each: (-each[1], str(each[0]))):
        yield _key(traces) | {"grade": grade, "status": status, "n": n}


def _key(source: Source) -> Row:
    return {"dataset": source.dataset, "model": source.model, "judge": source.judge}


def _counts(path: Path, schema: pa.Schema, columns: list[str]) -> Counter[tuple[str, ...]]:
    """Rows by these columns, in the order in which their values come first."""
    counts: Counter[tuple[str, ...]] = Counter()
    for batch in batches_of(path, schema, columns):
        groups = pa.Table.from_batches([batch]).group_by(columns, use_threads=False).aggregate([([], "count_all")])
        counts.update({tuple(row[name] for name in columns): row["count_all"] for row in groups.to_pylist()})
    return counts


def facts_taken_row(dataset: str, judge: str, path: Path) -> Row:
    """The row of FACTS_TAKEN."""
    prompts: set[str] = set()
    statuses: Counter[str] = Counter()
    empty = 0
    for batch in batches_of(path, FACTS, ["prompt_id", "status", "facts"], BATCH_ROWS):
        prompts.update(batch["prompt_id"].to_pylist())
        statuses.update(batch["status"].to_pylist())
        empty += pc.sum(pc.equal(pc.list_value_length(batch["facts"]), 0)).as_py() or 0
    without = sorted(
        ((status, n) for status, n in statuses.items() if status != "ok"), key=lambda each: (-each[1], each)
    )
    return {
        "dataset": dataset,
        "judge": judge,
        "prompts": len(prompts),
        "chunks": statuses.total(),
        "empty": empty,
        "without": [{"status": status, "n": n} for status, n in without],
    }
