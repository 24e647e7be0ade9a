"""Takes responses that were made elsewhere for one shard of a dataset's prompts.

Reads: work/{dataset}/prompts/{shard}.parquet, a file of prompts and responses. Writes:
work/{dataset}/{model}/responses/{shard}.parquet.
"""

from __future__ import annotations

from pathlib import Path

from longhand.command import run
from longhand.endpoints.recorded import match_responses
from longhand.tables import RESPONSES, read_rows, write_table


def main(
    *, prompts: Path, recorded: Path, prompt_column: str, response_column: str, samples: int, name: str, out: Path
) -> None:
    """Writes `samples` responses to each prompt, matched by the prompt's text in `recorded`."""
    rows = match_responses(list(read_rows(prompts)), recorded, prompt_column, response_column, samples, name)
    write_table(out, rows, RESPONSES, "import_responses")


if __name__ == "__main__":
    run(main)
