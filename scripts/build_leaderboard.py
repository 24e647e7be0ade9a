"""Aggregates the scores of all models on all datasets.

Reads: results/{dataset}/{model}/scores.parquet. Writes: results/leaderboard.parquet and .csv.
"""

from __future__ import annotations

import json
from pathlib import Path

from longhand.command import FileText, run
from longhand.leaderboard import leaderboard_rows
from longhand.tables import LEADERBOARD, SCORES, Row, read_table, with_dimensions, write_table


def main(
    *, scores: list[Path], missing: str, prices: FileText, judge_prices: FileText, seed: int, out: Path, csv: Path
) -> None:
    """Writes the leaderboard.

    Args:
        scores: tables at …/{dataset}/{model}/scores.parquet.
        missing: exclude, neutral or drop.
        prices, judge_prices: JSON, name -> {input, output} in USD per million tokens, or null.
        seed: of the bootstrap.
        out, csv: the same table twice.
    """
    rows: list[Row] = []
    dimensions = dict[str, None]()
    for path in scores:
        table = read_table(path, SCORES)
        own = table.schema.names[len(SCORES) :]
        dimensions |= dict.fromkeys(own)
        rows += leaderboard_rows(
            path.parent.parent.name,
            path.parent.name,
            table.to_pandas(),
            own,
            missing=missing,
            prices=json.loads(prices),
            judge_prices=json.loads(judge_prices),
            seed=seed,
        )
    schema = with_dimensions(LEADERBOARD, dimensions)
    write_table(out, (dict.fromkeys(dimensions) | row for row in rows), schema, "build_leaderboard")
    read_table(out).to_pandas().to_csv(csv, index=False, float_format="%.4f")


if __name__ == "__main__":
    run(main)
