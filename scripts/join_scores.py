"""Joins what is known about each response of a model into one narrow table.

Reads: prompts.parquet, and of one model responses.parquet (not the texts), lengths.parquet, judgements/*.parquet.
Writes: scores.parquet beside them.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from longhand.program.command import FileText, run
from longhand.results.quality import OF_SCORE
from longhand.results.scores import check_coverage, join_scores, verdict_counts
from longhand.tables.coverage import check_table
from longhand.tables.files import read_table, write_table
from longhand.tables.makers import made_with
from longhand.tables.prompt_rows import NARROW as NARROW_PROMPTS
from longhand.tables.schemas import JUDGEMENTS, PROMPTS, RESPONSES
from longhand.tables.score_tables import LENGTHS
from longhand.wire.price import BATCH_TOKENS, TOKENS

NARROW = ["prompt_id", "sample", *OF_SCORE, "judge", "status", *TOKENS, *BATCH_TOKENS]


def main(
    *,
    prompts: Path,
    responses: Path,
    lengths: Path,
    judgements: list[Path],
    dimensions: FileText = "{}",
    ranges: list[int],
    missing: str,
    min_coverage: float,
    out: Path,
) -> None:
    """Writes the scores table.

    Args:
        prompts, responses, lengths, judgements: the tables; no judgements: only lengths are scored.
        dimensions: JSON: judge -> what it scores, in order.
        ranges: lower ends of the ranges of required lengths.
        missing: exclude, neutral or drop; with exclude, too few readable verdicts are an error.
        min_coverage: least share of responses and of verdicts that must be answered, and of responses that must have
            a readable verdict; those without an answer count.
        out: the table.
    """
    for path in (responses, *judgements):
        check_table(path, min_coverage)
    about = [name for name in RESPONSES.names if name != "response"]
    table = join_scores(
        read_table(prompts, PROMPTS, ["category", *NARROW_PROMPTS]),
        read_table(responses, RESPONSES, about),
        read_table(lengths, LENGTHS),
        [read_table(path, JUDGEMENTS, NARROW) for path in judgements],
        json.loads(dimensions),
        ranges,
    )
    print(*verdict_counts(table), sep="\n", file=sys.stderr)
    if missing == "exclude":
        check_coverage(table, min_coverage)
    made = made_with("pandas", settings={"dimensions": json.loads(dimensions), "ranges": ranges}, sources=[lengths])
    write_table(out, table.to_pylist(), table.schema, "join_scores", made)


if __name__ == "__main__":
    run(main)
