"""Compares models that were trained with those that they were made of, on the same prompts.

Reads: results/{dataset}/{model}/scores.parquet of both. Writes: results/comparison.parquet.
"""

from __future__ import annotations

from pathlib import Path

from longhand.program.command import run
from longhand.results.comparison import comparison_rows
from longhand.results.prompt_means import evaluated
from longhand.tables.files import read_table, write_table
from longhand.tables.makers import made_with
from longhand.tables.score_tables import COMPARISON, SCORES


def main(*, before: list[Path], after: list[Path], judges: list[str], missing: str, out: Path) -> None:
    """Writes the comparison.

    Args:
        before, after: tables at …/{dataset}/{model}/scores.parquet; the same number of each, in pairs.
        judges: whose scores are compared.
        missing: exclude, neutral or drop; see build_leaderboard.
        out: the table.
    """
    rows = []
    for old, new in zip(before, after, strict=True):
        names = {"dataset": new.parent.parent.name, "model": new.parent.name, "before": old.parent.name}
        scores = {path: evaluated(read_table(path, SCORES).to_pandas(), judges) for path in (old, new)}
        rows += [names | row for row in comparison_rows(scores[old], scores[new], missing)]
    made = made_with("numpy", "pandas", settings={"judges": judges, "missing": missing})
    write_table(out, rows, COMPARISON, "compare_models", made)


if __name__ == "__main__":
    run(main)
