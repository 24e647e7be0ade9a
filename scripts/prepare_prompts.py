"""Makes the prompts table of a dataset.

Reads: a JSONL, CSV or Parquet file. Writes: results/{dataset}/prompts.parquet.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from longhand.program.command import FileText, run
from longhand.prompts.datasets import prepare_prompts
from longhand.tables.files import read_rows, write_table
from longhand.tables.makers import made_with
from longhand.tables.schemas import PROMPTS
from longhand.text.requirement import COLUMNS, aimed_at


def main(
    *,
    name: str,
    fields: FileText,
    kind: str,
    sweep: FileText = "null",
    forms: FileText = "{}",
    file: Path,
    out: Path,
) -> None:
    """Writes the prompts table.

    Args:
        name: of the dataset.
        fields: JSON, our columns -> the file's.
        kind: of the file, jsonl, csv or parquet.
        sweep: JSON, lengths and constraints that each row is asked with, or null.
        forms: JSON, category -> what stands around its requests and contexts.
        file: the data.
        out: the table.
    """
    columns, lengths = json.loads(fields), Counter[str]()
    prompts = prepare_prompts(name, columns, file, kind, json.loads(sweep), lengths, json.loads(forms))
    settings = {"fields": columns, "sweep": json.loads(sweep), "forms": json.loads(forms)}
    made = made_with(settings=settings)
    rows = write_table(out, prompts, PROMPTS, "prepare_prompts", made)
    sized = sum(aimed_at(row) is not None for row in read_rows(out, PROMPTS, COLUMNS))
    print(f"{rows} prompts, {sized} with a required length")
    if lengths:
        print(
            f"lengths: {lengths['read']} read from '{columns['stated']}', {lengths['none']} not stated there, "
            f"{lengths['own']} of the rows' own"
        )


if __name__ == "__main__":
    run(main)
