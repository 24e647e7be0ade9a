"""Writes a model's responses as EvalScope does.

Reads: prompts.parquet, and of one model responses.parquet, lengths.parquet. Writes: pred.jsonl.
"""

from __future__ import annotations

from pathlib import Path

from longhand.evalscope.files import predictions
from longhand.preferences.exports import write_jsonl
from longhand.program.command import run


def main(*, prompts: Path, responses: Path, lengths: Path, out: Path) -> None:
    """Writes one line per response."""
    write_jsonl(out, predictions(prompts, responses, lengths))


if __name__ == "__main__":
    run(main)
