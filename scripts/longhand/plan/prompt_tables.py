"""Prompts tables that a run will make: they wait in a temporary folder, since their contexts may be long."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa

from longhand.prompts.shards import SHARD_SCHEMA
from longhand.tables.files import Row, write_table
from longhand.tables.prompt_rows import NARROW, PromptRows
from longhand.tables.schemas import FLAG, PROMPTS, schema_of
from longhand.text.imagined import is_marked

CERTAIN, IMAGINED = "certain", "imagined"
"""Columns of these tables: whether the row is the same whatever responses come, and whether it has a text that is made
up for the plan."""
PLANNED = pa.schema([*SHARD_SCHEMA, PROMPTS.field("category")])
"""What a plan reads of prompts: what ask jobs read, and what samples are drawn by."""
_SCHEMA = pa.schema([*PLANNED, *schema_of((CERTAIN, FLAG), (IMAGINED, FLAG))])


class PromptTables:
    """Prompts tables by the dataset's name, as long as this object lives."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._paths: dict[str, Path] = {}

    def __contains__(self, dataset: str) -> bool:
        return dataset in self._paths

    def __getitem__(self, dataset: str) -> PromptRows:
        return PromptRows(self._paths[dataset], _SCHEMA, (*NARROW, CERTAIN, IMAGINED))

    def add(self, dataset: str, rows: Iterable[Row], *, certain: bool = True) -> None:
        """Writes a table; `rows` have the columns of PLANNED."""
        path = Path(self._folder.name, f"{len(self._paths)}.parquet")
        whole = (
            {column: row[column] for column in PLANNED.names}
            | {CERTAIN: certain, IMAGINED: is_marked(row["prompt"]) or is_marked(row["context"] or "")}
            for row in rows
        )
        write_table(path, whole, _SCHEMA, "make_prompts")
        self._paths[dataset] = path
