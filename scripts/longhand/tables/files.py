"""Tables as files: checked reads, atomic writes.

Every table is a Parquet file with zstd compression. Its metadata says who made it (longhand.tables.makers). No
time stamps are stored: equal rows give equal bytes, so that a step that writes what was there before
makes nothing stale.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from longhand.program.errors import LonghandError
from longhand.tables.makers import metadata

Row = dict[str, Any]
TableOrBatch = TypeVar("TableOrBatch", pa.Table, pa.RecordBatch)


class _NoPandas:
    """While it is in `sys.meta_path`, pandas seems not to be installed.

    pyarrow imports pandas before it makes its first array, to see whether what it is given is pandas' own: a quarter of
    a second of every step. It looks once, and again when it makes a data frame, which works as ever.
    """

    def find_spec(self, name: str, *_: object) -> None:
        if name == "pandas":
            raise ImportError(name)


if "pandas" not in sys.modules:
    sys.meta_path.insert(0, _NoPandas())
    pa.array([])
    del sys.meta_path[0]

BATCH_ROWS = 256
"""Rows read or written at a time, and so in a row group, at most."""
BATCH_CHARACTERS = 16_000_000
"""Of all texts of these rows, likewise, unless one row has more: memory does not grow with the table or its texts."""
_STORED_CHARACTERS = 4_000_000  # of a row group, which a reader of one row reads whole; equal texts are stored once
_DICTIONARY = 1 << 30  # bytes; texts that do not fit into it would be stored for each row


class TableWriter:
    """Writes rows to a Parquet file that appears only when it is complete.

    Use as a context manager; on an exception nothing is left behind.

    Args:
        path: where the table goes; folders are made.
        schema: see longhand.tables.schemas.
        step: the rule that writes, stored in the file's metadata.
        made: what else the metadata says of who made the table; see `makers.made_with`.
    """

    def __init__(self, path: str | Path, schema: pa.Schema, step: str, made: Mapping[str, Any] | None = None):
        self.path, self.rows = Path(path), 0
        self._schema = schema.with_metadata(metadata(step, made or {}))
        self._partial = self.path.with_name(f".{self.path.name}.partial")
        self._batch: list[Row] = []
        self._characters, self._stored = 0, 0  # of the batch; without texts that the row before has too

    def __enter__(self) -> TableWriter:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            options: dict[str, Any] = {"compression": "zstd", "dictionary_pagesize_limit": _DICTIONARY}
            self._file = pq.ParquetWriter(self._partial, self._schema, **options)
        except OSError as e:
            self._partial.unlink(missing_ok=True)
            raise self._unwritten(e) from e
        return self

    def _unwritten(self, reason: OSError) -> LonghandError:
        return LonghandError(f"cannot write the table: {reason.strerror or reason}", str(self.path))

    def write(self, row: Mapping[str, Any]) -> None:
        """Adds one row. Raises LonghandError when a column is missing or of the wrong type."""
        before = self._batch[-1] if self._batch else {}
        texts = {name: number for name, value in row.items() if (number := _characters(value))}
        self._characters += sum(texts.values())
        self._stored += sum(number for name, number in texts.items() if row[name] != before.get(name))
        if before and (self._characters > BATCH_CHARACTERS or self._stored > _STORED_CHARACTERS):
            self._flush()
            self._characters = self._stored = sum(texts.values())
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
        self._characters = self._stored = 0

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None and (self._batch or self.rows == 0):
                self._flush()
            self._file.close()
            if kind is None:
                os.replace(self._partial, self.path)
        except OSError as e:
            raise self._unwritten(e) from e
        finally:
            self._partial.unlink(missing_ok=True)


def _characters(value: object) -> int:
    """Of all texts in a cell."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, Mapping):
        return sum(map(_characters, value.values()))
    return sum(map(_characters, value)) if isinstance(value, list) else 0


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
def readable(path: str | Path) -> Iterator[None]:
    """Words what pyarrow says of a file that is torn or damaged; some of it shows only when pages are read."""
    try:
        yield
    except FileNotFoundError as e:
        raise LonghandError("there is no such table", str(path)) from e
    except (OSError, ValueError, pa.ArrowException) as e:
        raise LonghandError(f"not a readable Parquet table: {e}", str(path), "delete it; it will be made again") from e


def open_table(path: str | Path, schema: pa.Schema | None = None) -> pq.ParquetFile:
    """Opens a table and checks that it has (at least) the columns of `schema`, with their types."""
    with readable(path):
        file = pq.ParquetFile(path, pre_buffer=False)  # or reading goes ahead, and keeps what was read
    for field in schema or ():
        column = file.schema_arrow.field(field.name) if field.name in file.schema_arrow.names else None
        if column is None or column.type != field.type:
            mismatch = "is missing" if column is None else f"is {column.type}, not {field.type}"
            raise LonghandError(f"column '{field.name}' {mismatch}", str(path), "delete it; it will be made again")
    return file


def read_rows(path: str | Path, schema: pa.Schema | None = None, columns: list[str] | None = None) -> Iterator[Row]:
    """The rows of a table, in order, read a batch at a time: no more of a text column than a row group has."""
    with readable(path), open_table(path, schema) as file:
        for group in range(file.num_row_groups):
            for batch in file.iter_batches(batch_size=BATCH_ROWS, row_groups=[group], columns=columns):
                yield from nan_as_null(batch).to_pylist()


def read_group(path: str | Path, file: pq.ParquetFile, number: int, columns: list[str]) -> list[Row]:
    """The rows of a row group of an opened table."""
    with readable(path):
        rows: list[Row] = nan_as_null(file.read_row_group(number, columns=columns)).to_pylist()
        return rows


def read_table(path: str | Path, schema: pa.Schema | None = None, columns: list[str] | None = None) -> pa.Table:
    """A whole table in memory (use it for the narrow ones)."""
    with readable(path), open_table(path, schema) as file:
        return nan_as_null(file.read(columns=columns))


def nan_as_null(rows: TableOrBatch) -> TableOrBatch:
    """The rows with null for NaN, by which other programs that write tables say that there is no number.

    Raises:
        ValueError: one is infinite, which no mean, interval or page can hold.
    """
    for place, field in enumerate(rows.schema):
        if pa.types.is_floating(field.type):
            import pyarrow.compute as pc  # many tables have no such numbers

            column = rows.column(place)
            if pc.all(pc.is_finite(column)).as_py() is False:
                without_nan = pc.if_else(pc.is_nan(column), pa.scalar(None, field.type), column)
                if pc.any(pc.is_inf(without_nan)).as_py():
                    raise ValueError(f"column '{field.name}' has a number that is infinite")
                rows = rows.set_column(place, field.with_nullable(True), without_nan)
    return rows


def rows_with(table: pa.Table | None, **values: Any) -> list[Row]:
    """The rows of a table that have these values, in order; only these are made objects of Python. None has none."""
    import pyarrow.compute as pc  # most steps need no more than rows

    if table is None:
        return []
    for name, value in values.items():
        column = table[name]
        table = table.filter(pc.is_null(column) if value is None else pc.equal(column, value))
    rows: list[Row] = table.to_pylist()
    return rows
