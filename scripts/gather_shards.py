"""Puts the shards of a table together again, in the order of the prompts.

Reads: results/{dataset}/prompts.parquet, the shards. Writes: one table; it is the same for any number of shards.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from longhand.command import run
from longhand.datasets import shard_of
from longhand.errors import LonghandError
from longhand.makers import made_with
from longhand.tables import Row, open_table, read_rows, write_table


def gathered(prompts: Path, shards: list[Path]) -> Iterator[Row]:
    """The rows of all shards in the order of the prompts, a few at a time in memory."""
    groups = [groupby(read_rows(path), key=lambda row: row["prompt_id"]) for path in shards]
    for prompt in read_rows(prompts, columns=["prompt_id"]):
        number = shard_of(prompt["prompt_id"], len(shards))
        found, rows = next(groups[number], (None, ()))
        if found != prompt["prompt_id"]:
            raise LonghandError("the shard does not hold its prompts", str(shards[number]), "delete it; run again")
        yield from rows


def main(*, prompts: Path, shards: list[Path], step: str, out: Path) -> None:
    """Writes the rows of `shards`; `step` is the rule, for the table's metadata."""
    with open_table(shards[0]) as first:
        schema = first.schema_arrow
    write_table(out, gathered(prompts, shards), schema, step, made_with(sources=shards))


if __name__ == "__main__":
    run(main)
