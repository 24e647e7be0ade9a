"""Takes responses that were made elsewhere for a dataset's prompts.

Reads: results/{dataset}/prompts.parquet, a file of prompts and responses.
Writes: results/{dataset}/{model}/responses.parquet.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from longhand.methods.recorded import Method
from longhand.program.command import run
from longhand.tables.files import Row, read_rows, write_table
from longhand.tables.schemas import RESPONSES


def main(*, prompts: Path, recorded: Path, fields: str, samples: int, name: str, out: Path) -> None:
    """Writes `samples` responses to each prompt.

    Args:
        prompts: the dataset's.
        recorded: the responses.
        fields: JSON, our names of its columns -> theirs.
        samples: responses per prompt.
        name: of the model.
        out: the responses table.
    """
    rows = list(read_rows(prompts, columns=["prompt_id", "prompt", "context"]))
    settings = {"path": recorded, "fields": json.loads(fields), "samples": samples, "model": name, "prompts": rows}
    method = Method(settings)

    async def responses() -> list[Row]:
        made = [await method.make({}, row | {"sample": sample}) for row in rows for sample in range(samples)]
        return [row for rows in made for row in rows]

    write_table(out, asyncio.run(responses()), RESPONSES, "import_responses")


if __name__ == "__main__":
    run(main)
