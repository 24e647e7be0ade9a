"""Aggregates the scores of all models on all datasets.

Reads: results/{dataset}/{model}/scores.parquet. Writes: results/leaderboard.parquet and .csv.
"""

from __future__ import annotations

import json
from pathlib import Path

from longhand.program.command import FileText, run
from longhand.results.leaderboard import as_csv, leaderboard_rows
from longhand.tables.files import Row, read_table, write_table
from longhand.tables.makers import made_with
from longhand.tables.score_tables import LEADERBOARD, SCORES, with_dimensions


def main(
    *,
    scores: list[Path],
    judges: list[str],
    missing: str,
    prices: FileText,
    judge_prices: FileText,
    seed: int,
    out: Path,
    csv: Path,
) -> None:
    """Writes the leaderboard.

    Args:
        scores: tables at …/{dataset}/{model}/scores.parquet.
        judges: that models are ranked by; others in the tables judge for training data only.
        missing: exclude, neutral or drop.
        prices, judge_prices: JSON, name -> {input, output} in USD per million tokens, or null.
        seed: of the bootstrap.
        out, csv: the same table twice; see `leaderboard.as_csv`.
    """
    rows: list[Row] = []
    dimensions = dict[str, None]()
    for path in scores:
        table = read_table(path, SCORES)
        of_rubric = table.schema.names[len(SCORES) :]
        dimensions |= dict.fromkeys(of_rubric)
        rows += leaderboard_rows(
            path.parent.parent.name,
            path.parent.name,
            table.to_pandas(),
            of_rubric,
            missing=missing,
            prices=json.loads(prices),
            judge_prices=json.loads(judge_prices),
            seed=seed,
            judges=judges,
        )
    schema = with_dimensions(LEADERBOARD, dimensions)
    made = made_with("numpy", "pandas", settings={"judges": judges, "missing": missing, "seed": seed})
    write_table(out, (dict.fromkeys(dimensions) | row for row in rows), schema, "build_leaderboard", made)
    csv.write_text(as_csv(read_table(out).to_pandas()), encoding="utf-8")


if __name__ == "__main__":
    run(main)
