"""Takes responses that were made elsewhere for a dataset's prompts, or the prompts' references.

Reads: results/{dataset}/prompts.parquet; a file of prompts and responses.
Writes: results/{dataset}/{model}/responses.parquet.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from longhand.methods.importing import import_method
from longhand.program.command import run
from longhand.tables.coverage import Coverage
from longhand.tables.files import Row, read_rows, write_table
from longhand.tables.schemas import RESPONSES


def main(
    *,
    prompts: Path,
    recorded: Path | None = None,
    kind: str = "jsonl",
    answers: str | None = None,
    fields: str,
    samples: int,
    min_coverage: float,
    name: str,
    out: Path,
) -> None:
    """Writes `samples` responses to each prompt. No texts are kept in memory.

    Args:
        prompts: the dataset's.
        recorded: the responses, if they are in a file.
        kind: of that file: jsonl, json, csv or parquet.
        answers: reference, if that column of the prompts has them.
        fields: JSON, our names of its columns -> theirs.
        samples: responses per prompt.
        min_coverage: least share of them that must be there.
        name: of the model.
        out: the responses table.
    """
    known = () if answers else read_rows(prompts, columns=["prompt_id", "prompt", "context"])
    settings = {"path": recorded, "kind": kind, "answers": answers, "fields": json.loads(fields), "samples": samples}
    method, coverage = import_method(settings | {"model": name, "prompts": known}), Coverage()

    def responses() -> Iterator[Row]:
        with asyncio.Runner() as runner:
            for prompt in read_rows(prompts, columns=["prompt_id", "reference" if answers else "prompt"]):
                for sample in range(samples):
                    (row,) = runner.run(method.make({}, prompt | {"sample": sample}))
                    coverage.add(row)
                    yield row
        fix = "add the missing references to the dataset" if answers else "add the missing responses to the file"
        coverage.check(min_coverage, name, str(prompts if answers else recorded), fix)

    write_table(out, responses(), RESPONSES, "import_responses")
    print(f"{out} is complete: {coverage}", file=sys.stderr)


if __name__ == "__main__":
    run(main)
