"""Data made here in numbers: what filters dropped, words of fine-tuning data, what is mixed in, audits of pairs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow.compute as pc

from longhand.summary.lengthened import spread_of, words_trained_on
from longhand.tables.files import Row, read_rows, read_table
from longhand.tables.schemas import FILTERED
from longhand.tables.training_tables import AUDIT, SFT


def filter_rows(tables: Iterable[Path]) -> Iterator[Row]:
    """Rows of FILTERS, of tables at {dataset}/filters.parquet and sft/{name}/filters.parquet."""
    for path in tables:
        kind = "sft" if path.parts[-3:-2] == ("sft",) else "datasets"
        yield from ({"kind": kind, "name": path.parent.name} | row for row in read_rows(path, FILTERED, FILTERED.names))


def training_set_rows(sets: Iterable[Path]) -> Iterator[Row]:
    """Rows of TRAINING_SETS, of tables at sft/{name}/train.parquet."""
    for path in sets:
        if spread := spread_of(words_trained_on(path)):
            yield {"name": path.parent.name} | spread


def mixed_set_rows(sets: Iterable[Path]) -> Iterator[Row]:
    """Rows of MIXED_SETS: conversations that no model of the run wrote."""
    for path in sets:
        table = read_table(path, SFT, columns=["source", "prompt_id"])
        sources = table.filter(pc.is_null(table["prompt_id"]))["source"]
        for each in pc.value_counts(sources).to_pylist():
            yield {"name": path.parent.name, "source": each["values"], "n": each["counts"]}


def audit_rows(audits: Iterable[Path]) -> Iterator[Row]:
    """Rows of AUDITS, of tables at preferences/{name}/audit.parquet."""
    for path in audits:
        yield from ({"name": path.parent.name} | row for row in read_rows(path, AUDIT, AUDIT.names))
