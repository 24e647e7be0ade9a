"""What is read from the tables of a run: narrow columns in streams, and the texts of a few rows only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from longhand.program.errors import LonghandError
from longhand.tables.files import Row, nan_as_null, open_table, read_table, readable
from longhand.tables.schemas import JUDGEMENTS, RESPONSES
from longhand.tables.score_tables import SCORES

NARROW_ROWS = 65_536
"""Rows at a time where only ids, states and numbers are read."""

REASON = 160
"""Characters of an error that are shown."""


@dataclass(frozen=True)
class Source:
    """A table of a run and what it is about; the folders tell."""

    path: Path
    dataset: str
    model: str
    judge: str | None = None


def sources(paths: list[Path], judged: bool = False) -> list[Source]:
    """Tells dataset, model (and judge) from `results/{dataset}/{model}/[judgements/{judge}[.traces]]*.parquet`."""
    tables = []
    for path in paths:
        folders = path.parts[:-2] if judged else path.parts[:-1]
        if len(folders) < 2:
            raise LonghandError("the folders do not tell dataset and model", str(path))
        tables.append(Source(path, folders[-2], folders[-1], path.stem.removesuffix(".traces") if judged else None))
    return tables


def read_scored(path: Path, columns: list[str]) -> pa.Table:
    """Columns of a table of scores, each response once however many judges it has."""
    table = read_table(path, SCORES, columns=["judge", *columns])
    if table.num_rows:
        first = table["judge"][0]
        table = table.filter(pc.equal(table["judge"], first) if first.is_valid else pc.is_null(table["judge"]))
    return table.select(columns)


def batches_of(path: Path, schema: pa.Schema, columns: list[str], rows: int = NARROW_ROWS) -> Iterator[pa.RecordBatch]:
    """Some columns of a table, so many rows at a time."""
    with readable(path), open_table(path, schema) as file:
        yield from map(nan_as_null, file.iter_batches(batch_size=rows, columns=columns))


@dataclass
class Tally:
    """What is counted in a table of responses or judgements.

    Attributes:
        statuses: rows by status.
        finishes: responses by finish reason.
        reasons: errors as (status, reason).
        names: rows by the model's name that the server reported, where it did.
        servers: rows by what served the model: `vllm 0.14.0`.
        cut, cut_tokens: responses to prompts that lost their middle, and the tokens that these lost.
    """

    statuses: Counter[str] = field(default_factory=Counter)
    finishes: Counter[str | None] = field(default_factory=Counter)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    names: Counter[str] = field(default_factory=Counter)
    servers: Counter[str] = field(default_factory=Counter)
    cut: int = 0
    cut_tokens: int = 0


def tally(path: Path, schema: pa.Schema) -> Tally:
    """Counts the statuses and errors of a table of responses or judgements. Errors are cut before they are counted."""
    counted = Tally()
    columns = [
        "status",
        "error",
        "reported_model",
        "server",
        *(name for name in ("finish_reason", "cut_tokens") if name in schema.names),
    ]
    for batch in batches_of(path, schema, columns):
        if "finish_reason" in columns:
            reasons = pc.value_counts(batch["finish_reason"]).to_pylist()
            counted.finishes.update({each["values"]: each["counts"] for each in reasons})
        if "cut_tokens" in columns:
            counted.cut += pc.count(batch["cut_tokens"]).as_py()
            counted.cut_tokens += pc.sum(batch["cut_tokens"]).as_py() or 0
        for counter, column in ((counted.names, "reported_model"), (counted.servers, "server")):
            counts = pc.value_counts(batch[column].drop_null()).to_pylist()
            counter.update({each["values"]: each["counts"] for each in counts})
        error = pc.utf8_slice_codeunits(batch["error"], 0, REASON + 1)
        groups = pa.table({"status": batch["status"], "error": error}).group_by(["status", "error"])
        for row in groups.aggregate([([], "count_all")]).to_pylist():
            counted.statuses[row["status"]] += row["count_all"]
            if row["error"] and row["error"].strip():
                counted.reasons[row["status"], row["error"]] += row["count_all"]
    return counted


def tally_responses(path: Path) -> Tally:
    """Counts responses by status and by finish reason."""
    return tally(path, RESPONSES)


def tally_judgements(path: Path) -> Tally:
    """Counts verdicts (one per response, dimension and repeat) by status."""
    return tally(path, JUDGEMENTS)


def rows_of(path: Path, schema: pa.Schema, ids: set[str], columns: list[str]) -> Iterator[Row]:
    """The rows of these prompts. Texts are read from the row groups that hold them, not from the whole table."""
    wanted = pa.array(sorted(ids), pa.string())
    with readable(path), open_table(path, schema) as file:
        for group in range(file.num_row_groups):
            matches = pc.is_in(file.read_row_group(group, columns=["prompt_id"])["prompt_id"], value_set=wanted)
            if pc.any(matches).as_py():
                yield from nan_as_null(file.read_row_group(group, columns=columns).filter(matches)).to_pylist()
