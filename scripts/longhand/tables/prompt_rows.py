"""Rows of a prompts table, read when they are needed: contexts are long, and all together may not fit into memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from longhand.program.errors import LonghandError
from longhand.tables.files import BATCH_CHARACTERS, Row, open_table, read_group, read_rows
from longhand.text.requirement import COLUMNS

NARROW = ("prompt_id", "language", *COLUMNS)
"""What is known of a prompt without its texts."""


class PromptRows:
    """A prompts table.

    Args:
        path: of the table; it is opened when something is read.
        schema: of the rows.
        narrow: columns that `narrow` reads.
    """

    def __init__(self, path: str | Path, schema: pa.Schema, narrow: tuple[str, ...] = NARROW):
        self._path, self._schema, self._narrow = path, schema, list(narrow)
        self._file: pq.ParquetFile | None = None
        self._group_of: dict[str, int] = {}
        self._kept = OrderedDict[int, dict[str, Row]]()  # the rows of the row groups that were needed last
        self._characters: dict[int, int] = {}  # of these

    def narrow(self) -> Iterator[Row]:
        """The rows without their texts, in order."""
        return read_rows(self._path, self._schema, self._narrow)

    def whole(self) -> Iterator[Row]:
        """The rows in order."""
        return read_rows(self._path, self._schema, self._schema.names)

    def get(self, prompt_id: str) -> Row | None:
        """The row of a prompt; None where the table does not have it."""
        if self._file is None:
            self._file = open_table(self._path, self._schema)
            for group in range(self._file.num_row_groups):
                ids = read_group(self._path, self._file, group, ["prompt_id"])
                self._group_of |= {row["prompt_id"]: group for row in ids}
        if (number := self._group_of.get(prompt_id)) is None:
            return None
        if number not in self._kept:
            self._read(self._file, number)
        self._kept.move_to_end(number)
        return self._kept[number][prompt_id]

    def of(self, prompt_id: str) -> Row:
        """The row of a prompt. Raises LonghandError where the table does not have it."""
        if (row := self.get(prompt_id)) is None:
            raise LonghandError(f"there is no prompt {prompt_id}", str(self._path), "delete it; it will be made again")
        return row

    def _read(self, file: pq.ParquetFile, number: int) -> None:
        """Keeps the rows of a row group, and as few others as fit beside them."""
        rows = read_group(self._path, file, number, self._schema.names)
        self._characters[number] = sum(len(text) for row in rows for text in row.values() if isinstance(text, str))
        while self._kept and sum(self._characters.values()) > BATCH_CHARACTERS:
            oldest, _ = self._kept.popitem(last=False)
            del self._characters[oldest]
        self._kept[number] = {row["prompt_id"]: row for row in rows}
