"""Rows of JSONL, JSON, CSV or Parquet files from elsewhere."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from longhand.program.errors import LonghandError
from longhand.prompts.file_kinds import KINDS, check_kind
from longhand.tables.files import BATCH_CHARACTERS, BATCH_ROWS, Row

_BUFFER = 1 << 20  # bytes of a column that are read at a time


def read_source(path: Path, kind: str) -> Iterator[tuple[str, Row]]:
    """The rows of a JSONL, JSON, CSV or Parquet file, each with its place for messages ("line 3").

    Args:
        path: the file.
        kind: jsonl, json (a list of objects, read at once), csv or parquet.

    Raises:
        LonghandError: not readable as what it claims to be; the line is named.
    """
    readers = dict(zip(KINDS, (_read_jsonl, _read_json, _read_csv, _read_parquet), strict=True))
    check_kind(kind, str(path))
    try:
        yield from readers[kind](path)
    except UnicodeDecodeError as e:
        raise LonghandError(f"not UTF-8 text at byte {e.start}", str(path)) from e
    except OSError as e:
        raise LonghandError(f"cannot read: {e.strerror}", str(path)) from e
    except csv.Error as e:
        raise LonghandError(f"not a CSV file: {e}", str(path)) from e


def _read_jsonl(path: Path) -> Iterator[tuple[str, Row]]:
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as e:
                raise LonghandError(f"not JSON: {e}", f"{path} line {number}") from e
            if not isinstance(row, dict):
                raise LonghandError("not a JSON object", f"{path} line {number}", "write one object a line")
            yield f"line {number}", row


def _read_json(path: Path) -> Iterator[tuple[str, Row]]:
    try:
        rows = json.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise
    except (ValueError, RecursionError) as e:
        raise LonghandError(f"not JSON: {e}", str(path)) from e
    if not isinstance(rows, list):
        raise LonghandError("not a JSON list", str(path), "write a list of objects")
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise LonghandError("not a JSON object", f"{path} row {number}", "write a list of objects")
        yield f"row {number}", row


def _read_csv(path: Path) -> Iterator[tuple[str, Row]]:
    csv.field_size_limit(1 << 30)
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        for row in reader:
            place = f"line {reader.line_num}"
            if None in row or None in row.values():
                more = "more" if None in row else "fewer"
                raise LonghandError(f"{more} cells than the header has", f"{path} {place}", 'quote cells: "a, b"')
            yield place, {name: cell if cell != "" else None for name, cell in row.items()}


def _read_parquet(path: Path) -> Iterator[tuple[str, Row]]:
    number = 0
    try:
        with pq.ParquetFile(path, pre_buffer=False, buffer_size=_BUFFER) as file:
            for batch in file.iter_batches(batch_size=_rows_at_a_time(file.metadata)):
                for row in batch.to_pylist():
                    number += 1
                    yield f"row {number}", row
    except pa.ArrowInvalid as e:
        raise LonghandError(f"not a Parquet file: {e}", str(path)) from e
    except (pa.ArrowException, OSError, ValueError, OverflowError) as e:  # a damaged page, a year 10^6, no UTF-8
        if isinstance(e, OSError) and e.strerror:  # of the system, not of pyarrow
            raise
        raise LonghandError(f"the Parquet file is damaged after row {number}: {e}", str(path)) from e


def _rows_at_a_time(metadata: pq.FileMetaData) -> int:
    """So many rows that their texts fit into memory, by the mean of the row group with the longest ones."""
    groups = [metadata.row_group(n) for n in range(metadata.num_row_groups)]
    longest = max((group.total_byte_size // max(1, group.num_rows) for group in groups), default=0)
    return max(1, min(BATCH_ROWS, BATCH_CHARACTERS // max(1, longest)))


def text_of(value: Any) -> str | None:
    """A cell as text; None where there is none."""
    if value is None:
        return None
    text = value if isinstance(value, str) else str(value)
    return text.encode("utf-8", "replace").decode("utf-8")


def list_of_cell(value: Any, column: str, where: str, fix: str) -> list[Any] | None:
    """The list in a cell, also one that is JSON text (in CSV); None where there is none.

    Args:
        value: of the cell.
        column: its name; a plural.
        where, fix: for messages.

    Raises:
        LonghandError: it is a text that is not JSON, or no list.
    """
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise LonghandError(f"{column} are a text that is not JSON", where, fix) from None
    if value is None or isinstance(value, list):
        return value
    raise LonghandError(f"{column} are {shown_cell(value)}, not a list", where, fix)


def shown_cell(value: Any) -> str:
    """A value for a message, not long."""
    shown = f"{value!r}"
    return shown if len(shown) <= 60 else f"{shown[:60]}…"
