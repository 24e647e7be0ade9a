"""Makes the prompts table of a dataset.

Reads: a JSONL, CSV or Parquet file. Writes: results/{dataset}/prompts.parquet.
"""

from __future__ import annotations

import json
from pathlib import Path

from longhand.command import run
from longhand.datasets import prepare_prompts
from longhand.tables import PROMPTS, write_table


def main(*, name: str, fields: str, kind: str, file: Path, out: Path) -> None:
    """Writes the prompts of dataset `name` from a `file` of that `kind`; `fields` (JSON): our columns -> its."""
    rows = write_table(out, prepare_prompts(name, json.loads(fields), file, kind), PROMPTS, "prepare_prompts")
    print(f"{rows} prompts")


if __name__ == "__main__":
    run(main)
