"""Writes a model's quality scores as EvalScope does.

Reads: of one model scores.parquet. Writes: eval_quality.jsonl.
"""

from __future__ import annotations

import json
from pathlib import Path

from longhand.evalscope.files import quality_scores
from longhand.preferences.exports import write_jsonl
from longhand.program.command import FileText, run
from longhand.tables.files import read_table
from longhand.tables.score_tables import SCORES


def main(*, scores: Path, dimensions: FileText, missing: str, out: Path) -> None:
    """Writes the means of each judge's dimensions.

    Args:
        scores: the table.
        dimensions: JSON: judge -> what it scores, of the judges that are exported.
        missing: exclude, neutral or drop.
        out: the file.
    """
    write_jsonl(out, quality_scores(read_table(scores, SCORES).to_pandas(), json.loads(dimensions), missing))


if __name__ == "__main__":
    run(main)
