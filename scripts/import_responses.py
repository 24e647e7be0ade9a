"""Takes responses that were made elsewhere for one shard of a dataset's prompts.

Reads: work/{dataset}/prompts/{shard}.parquet, results/{dataset}/prompts.parquet, a file of prompts and responses.
Writes: work/{dataset}/{model}/responses/{shard}.parquet.
"""

from __future__ import annotations

import json
from pathlib import Path

from longhand.methods.recorded import match_responses
from longhand.program.command import run
from longhand.tables.files import read_rows, write_table
from longhand.tables.schemas import RESPONSES


def main(*, prompts: Path, dataset: Path, recorded: Path, fields: str, samples: int, name: str, out: Path) -> None:
    """Writes `samples` responses to each prompt.

    Args:
        prompts: the shard.
        dataset: the dataset's prompts: with those of other shards it shows which responses fit several.
        recorded: the responses.
        fields: JSON, our names of its columns -> theirs.
        samples: responses per prompt.
        name: of the model.
        out: the responses table of the shard.
    """
    known = read_rows(dataset, columns=["prompt", "context"])
    rows = match_responses(list(read_rows(prompts)), known, recorded, json.loads(fields), samples, name)
    write_table(out, rows, RESPONSES, "import_responses")


if __name__ == "__main__":
    run(main)
