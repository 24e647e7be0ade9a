"""Writes a model's quality scores as EvalScope does.

Reads: of one model scores.parquet. Writes: eval_quality.jsonl.
"""

from __future__ import annotations

from pathlib import Path

from longhand.evalscope.files import quality_scores
from longhand.preferences.exports import write_jsonl
from longhand.program.command import run
from longhand.results.leaderboard import evaluated
from longhand.tables.files import read_table
from longhand.tables.score_tables import SCORES


def main(*, scores: Path, judges: list[str], missing: str, out: Path) -> None:
    """Writes the means of the dimensions by each of `judges`; `missing`: exclude, neutral or drop."""
    table = read_table(scores, SCORES)
    dimensions = table.schema.names[len(SCORES) :]
    rows = evaluated(table.to_pandas(), dimensions, judges)
    write_jsonl(out, quality_scores(rows, dimensions, missing))


if __name__ == "__main__":
    run(main)
