"""Puts the shards of a table together again, in the order of the prompts.

Reads: results/{dataset}/prompts.parquet, the shards. Writes: one table; it is the same for any number of shards.
The last line of its log says what is in it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from longhand.program.command import run
from longhand.program.errors import LonghandError
from longhand.prompts.shards import shard_of
from longhand.tables.coverage import Coverage
from longhand.tables.files import Row, open_table, read_rows, write_table
from longhand.tables.makers import made_with


def gathered(prompts: Path, shards: list[Path]) -> Iterator[Row]:
    """The rows of all shards in the order of the prompts, a few at a time in memory."""
    groups = [groupby(read_rows(path), key=lambda row: row["prompt_id"]) for path in shards]
    for prompt in read_rows(prompts, columns=["prompt_id"]):
        number = shard_of(prompt["prompt_id"], len(shards))
        gathered_id, rows = next(groups[number], (None, ()))
        if gathered_id != prompt["prompt_id"]:
            raise LonghandError("the shard does not hold its prompts", str(shards[number]), "delete it; run again")
        yield from rows


def with_coverage(rows: Iterator[Row], coverage: Coverage) -> Iterator[Row]:
    """The rows as they are."""
    for row in rows:
        coverage.add(row)
        yield row


def main(*, prompts: Path, shards: list[Path], step: str, out: Path) -> None:
    """Writes the rows of `shards`.

    Args:
        prompts: the dataset's.
        shards: the tables of its shards.
        step: the rule, for the table's metadata.
        out: the table.
    """
    with open_table(shards[0]) as first:
        schema = first.schema_arrow
    coverage, made = Coverage(), made_with(sources=shards)
    write_table(out, with_coverage(gathered(prompts, shards), coverage), schema, step, made)
    print(f"{out} is complete: {coverage}", file=sys.stderr)


if __name__ == "__main__":
    run(main)
