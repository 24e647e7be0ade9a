"""The tables that steps pass to each other: their Arrow schemas, checked reads, atomic writes.

Every table is a Parquet file with zstd compression. Its metadata says who made it (longhand.makers). No
time stamps are stored: equal rows give equal bytes, so that a step that writes what was there before
makes nothing stale.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from longhand.errors import LonghandError
from longhand.makers import metadata

Row = dict[str, Any]

BATCH_ROWS = 256
"""Rows read or written at a time: 256 responses of 60 kB are 15 MB, whatever the table's size."""


def schema_of(*fields: tuple[str, pa.DataType] | tuple[str, pa.DataType, bool]) -> pa.Schema:
    """A schema from its fields: (name, type) where null is not allowed and (name, type, True) where it is."""
    return pa.schema([pa.field(f[0], f[1], nullable=len(f) > 2) for f in fields])


TEXT, INT, REAL, FLAG = pa.string(), pa.int64(), pa.float64(), pa.bool_()

PROMPTS = schema_of(
    ("prompt_id", TEXT),
    ("prompt", TEXT),
    ("language", TEXT),
    ("category", TEXT, True),
    ("constraint", TEXT, True),
    ("required_min", INT, True),
    ("required_max", INT, True),
    ("required", INT, True),
    ("context", TEXT, True),
    ("reference", TEXT, True),
)
RESPONSES = schema_of(
    ("prompt_id", TEXT),
    ("sample", INT),
    ("status", TEXT),
    ("error", TEXT, True),
    ("response", TEXT, True),
    ("finish_reason", TEXT, True),
    ("prompt_tokens", INT, True),
    ("completion_tokens", INT, True),
    ("seconds", REAL, True),
    ("attempts", INT),
    ("model", TEXT),
    ("reported_model", TEXT, True),  # the name that the server gave; null where it gave none
    ("server", TEXT, True),  # what a job started to serve it: vllm and its version
    ("request_id", TEXT, True),
)
LENGTHS = schema_of(
    ("prompt_id", TEXT),
    ("sample", INT),
    ("language", TEXT, True),  # of the response
    ("words", INT),  # by the counter of the dataset's own length rule
    ("words_longbench_write", INT),
    ("words_longen", INT),
    ("score_l", REAL, True),  # null where no length is required, or the response failed
    ("longbench_write", REAL, True),  # every length rule; null where it does not apply
    ("longen", REAL, True),
    ("lifebench", REAL, True),
    # Text health; null where there is no text.
    ("repeated_13gram_share", REAL, True),
    ("loop_onset", INT, True),  # LonGen words before the loop; null without one
    ("closed", FLAG, True),
    ("other_language", FLAG, True),  # than the prompt's
)
JUDGEMENTS = schema_of(
    ("prompt_id", TEXT),
    ("sample", INT),
    ("judge", TEXT),
    ("repeat", INT),
    ("dimension", TEXT),
    ("score", REAL, True),
    ("score_100", REAL, True),
    ("status", TEXT),
    ("error", TEXT, True),
    ("reply", TEXT, True),
    ("attempts", INT),  # replies asked for until one could be read
    ("prompt_tokens", INT, True),  # of all attempts; on the row of the first dimension only, so that sums are right
    ("completion_tokens", INT, True),
    ("seconds", REAL, True),
    ("reported_model", TEXT, True),  # the name that the server gave with the last reply
    ("server", TEXT, True),
)
# One row per (prompt_id, sample, judge); the dimensions of the rubric follow as further columns.
SCORES = schema_of(
    ("prompt_id", TEXT),
    ("sample", INT),
    ("judge", TEXT, True),  # null where nothing is judged
    ("status", TEXT),  # of the response
    ("judge_status", TEXT, True),  # ok, or the first status among the verdicts that is not
    ("language", TEXT),
    ("category", TEXT, True),
    ("constraint", TEXT, True),
    ("range", TEXT, True),
    ("required", INT, True),  # or the bound, or the middle of a range
    ("words", INT),
    ("words_longbench_write", INT),
    ("words_longen", INT),
    ("score_l", REAL, True),
    ("score_q", REAL, True),
    ("score", REAL, True),
    ("longbench_write", REAL, True),
    ("longen", REAL, True),
    ("lifebench", REAL, True),
    ("repeated_13gram_share", REAL, True),
    ("loop_onset", INT, True),
    ("closed", FLAG, True),
    ("other_language", FLAG, True),
    ("prompt_tokens", INT, True),
    ("completion_tokens", INT, True),
    ("seconds", REAL, True),
    ("judge_prompt_tokens", INT, True),
    ("judge_completion_tokens", INT, True),
)
# One row per (dataset, model, judge, slice); dimension columns follow, 0-100.
LEADERBOARD = schema_of(
    ("dataset", TEXT),
    ("model", TEXT),
    ("judge", TEXT, True),
    ("slice_kind", TEXT),  # all, range, language, category, constraint
    ("slice", TEXT),
    ("missing", TEXT, True),  # how unread verdicts count: exclude, neutral or drop; null where nothing is judged
    ("n", INT),
    ("n_answered", INT),
    ("n_judged", INT),
    ("n_scored", INT),  # rows behind score: those with a score_l or a score_q
    ("n_scored_l", INT),  # rows behind score_l
    ("n_scored_q", INT),  # rows behind score_q
    ("n_without_length", INT),  # rows that have no score_l since their prompts require no length
    ("n_without_rule", INT),  # and those whose required length has no score by the dataset's length rule: a range
    ("score", REAL, True),
    ("score_low", REAL, True),
    ("score_high", REAL, True),
    ("score_l", REAL, True),
    ("score_l_low", REAL, True),
    ("score_l_high", REAL, True),
    ("score_q", REAL, True),
    ("score_q_low", REAL, True),
    ("score_q_high", REAL, True),
    ("words_mean", REAL, True),
    ("words_median", REAL, True),
    ("words_max", INT, True),
    ("longbench_write", REAL, True),  # every length rule, over the rows that it applies to
    ("longen", REAL, True),
    ("lifebench", REAL, True),
    ("repeated_13gram_share", REAL, True),
    ("n_truncated", INT),
    ("n_looped", INT),
    ("n_unclosed", INT),
    ("n_other_language", INT),
    ("prompt_tokens", INT, True),
    ("completion_tokens", INT, True),
    ("judge_prompt_tokens", INT, True),
    ("judge_completion_tokens", INT, True),
    ("cost", REAL, True),  # USD for the responses; null without a price
    ("judge_cost", REAL, True),
)


def with_dimensions(schema: pa.Schema, dimensions: Iterable[str]) -> pa.Schema:
    """`schema` with one nullable 0-100 column per rubric dimension."""
    for name in dimensions:
        schema = schema.append(pa.field(name, REAL))
    return schema


class TableWriter:
    """Writes rows to a Parquet file that appears only when it is complete.

    Use as a context manager; on an exception nothing is left behind.

    Args:
        path: where the table goes; folders are made.
        schema: one of the schemas above.
        step: the rule that writes, stored in the file's metadata.
        made: what else the metadata says of who made the table; see `makers.made_with`.
    """

    def __init__(self, path: str | Path, schema: pa.Schema, step: str, made: Mapping[str, Any] | None = None):
        self.path, self.rows = Path(path), 0
        self._schema = schema.with_metadata(metadata(step, made or {}))
        self._partial = self.path.with_name(f".{self.path.name}.partial")
        self._batch: list[Row] = []

    def __enter__(self) -> TableWriter:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = pq.ParquetWriter(self._partial, self._schema, compression="zstd")
        return self

    def write(self, row: Mapping[str, Any]) -> None:
        """Adds one row. Raises LonghandError when a column is missing or of the wrong type."""
        self._batch.append(dict(row))
        if len(self._batch) >= BATCH_ROWS:
            self._flush()

    def _flush(self) -> None:
        names = set(self._schema.names)
        for row in self._batch:
            if row.keys() != names:
                odd = sorted(names ^ row.keys())
                raise LonghandError(f"a row has not the columns of its table: {', '.join(odd)}", str(self.path))
        try:
            table = pa.Table.from_pylist(self._batch, schema=self._schema)
            table.validate()
            self._file.write_table(table)
        except (pa.ArrowInvalid, pa.ArrowTypeError) as e:
            raise LonghandError(f"a row does not fit its table: {e}", str(self.path)) from e
        self.rows += len(self._batch)
        self._batch.clear()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None and (self._batch or self.rows == 0):
                self._flush()
            self._file.close()
            if kind is None:
                os.replace(self._partial, self.path)
        except OSError as e:
            raise LonghandError(f"cannot write the table: {e.strerror or e}", str(self.path)) from e
        finally:
            self._partial.unlink(missing_ok=True)


def write_table(
    path: str | Path,
    rows: Iterable[Mapping[str, Any]],
    schema: pa.Schema,
    step: str,
    made: Mapping[str, Any] | None = None,
) -> int:
    """Writes all rows, streaming; returns how many. See TableWriter."""
    with TableWriter(path, schema, step, made) as table:
        for row in rows:
            table.write(row)
    return table.rows


@contextlib.contextmanager
def _readable(path: str | Path) -> Iterator[None]:
    """Words what pyarrow says of a file that is torn or damaged; some of it shows only when pages are read."""
    try:
        yield
    except (OSError, ValueError, pa.ArrowException) as e:
        raise LonghandError(f"not a readable Parquet table: {e}", str(path), "delete it; it will be made again") from e


def open_table(path: str | Path, schema: pa.Schema | None = None) -> pq.ParquetFile:
    """Opens a table and checks that it has (at least) the columns of `schema`, with their types."""
    with _readable(path):
        file = pq.ParquetFile(path, pre_buffer=False)  # or reading goes ahead, and keeps what was read
    for field in schema or ():
        here = file.schema_arrow.field(field.name) if field.name in file.schema_arrow.names else None
        if here is None or here.type != field.type:
            found = "is missing" if here is None else f"is {here.type}, not {field.type}"
            raise LonghandError(f"column '{field.name}' {found}", str(path), "delete it; it will be made again")
    return file


def read_rows(path: str | Path, schema: pa.Schema | None = None, columns: list[str] | None = None) -> Iterator[Row]:
    """The rows of a table, in order, read a batch at a time."""
    with _readable(path), open_table(path, schema) as file:
        for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=columns):
            yield from batch.to_pylist()


def read_table(path: str | Path, schema: pa.Schema | None = None, columns: list[str] | None = None) -> pa.Table:
    """A whole table in memory (use it for the narrow ones)."""
    with _readable(path), open_table(path, schema) as file:
        return file.read(columns=columns)


def subschema(schema: pa.Schema, columns: Iterable[str]) -> pa.Schema:
    """The fields of `schema` with these names."""
    return pa.schema([schema.field(name) for name in columns])
