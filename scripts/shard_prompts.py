"""Splits the prompts of a dataset among its ask jobs.

Reads: results/{dataset}/prompts.parquet. Writes: work/{dataset}/prompts/{shard}.parquet, one per shard. A prompt's
shard depends on its id only, and equal rows give equal bytes: a new prompt changes one file.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from longhand.program.command import run
from longhand.prompts.shards import SHARD_COLUMNS, shard_of
from longhand.tables.files import TableWriter, read_rows
from longhand.tables.schemas import PROMPTS, subschema


def main(*, prompts: Path, out: list[Path]) -> None:
    """Writes each row of `prompts` to one of the files `out`."""
    schema = subschema(PROMPTS, SHARD_COLUMNS)
    with ExitStack() as stack:
        shards = [stack.enter_context(TableWriter(path, schema, "shard_prompts")) for path in out]
        for row in read_rows(prompts, schema, list(SHARD_COLUMNS)):
            shards[shard_of(row["prompt_id"], len(shards))].write(row)


if __name__ == "__main__":
    run(main)
