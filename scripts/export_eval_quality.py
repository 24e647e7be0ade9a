"""Writes a model's quality scores as EvalScope does.

Reads: of one model scores.parquet. Writes: eval_quality.jsonl.
"""

from __future__ import annotations

from pathlib import Path

from longhand.command import run
from longhand.evalscope.files import quality_scores
from longhand.exports import write_jsonl
from longhand.tables import SCORES, read_table


def main(*, scores: Path, missing: str, out: Path) -> None:
    """Writes the means of the dimensions; `missing`: exclude, neutral or drop."""
    table = read_table(scores, SCORES)
    write_jsonl(out, quality_scores(table.to_pandas(), table.schema.names[len(SCORES) :], missing))


if __name__ == "__main__":
    run(main)
