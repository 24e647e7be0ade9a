"""Averages the published scores of datasets that make one total, as their benchmark does.

Reads: results/{dataset}/{model}/metrics.parquet. Writes: results/totals.parquet.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from longhand.program.command import FileText, run
from longhand.program.printable import printable
from longhand.results.metrics import AS_PUBLISHED
from longhand.results.total_words import what_total_lacks
from longhand.results.totals import total_rows
from longhand.tables.files import read_rows, write_table
from longhand.tables.makers import made_with
from longhand.tables.score_tables import METRICS, TOTALS


def main(*, metrics: list[Path], totals: FileText, judges: list[str], out: Path) -> None:
    """Writes the table.

    Args:
        metrics: tables at …/{dataset}/{model}/metrics.parquet.
        totals: JSON: name of a total -> its datasets, evaluated or not.
        judges: those of the evaluation.
        out: the table.
    """
    scores: dict[tuple[str, str, str], dict[str, list[float]]] = {}
    scales: dict[str, tuple[float, float]] = {}
    for path in metrics:
        dataset, model = path.parent.parent.name, path.parent.name
        for row in read_rows(path, METRICS):
            if row["metric"] != AS_PUBLISHED or row["judge"] not in judges:
                continue
            scales[dataset] = row["lowest"], row["highest"]
            of_prompts = scores.setdefault((dataset, model, row["judge"]), {})
            if row["value"] is not None:
                of_prompts.setdefault(row["prompt_id"], []).append(row["value"])
    datasets = json.loads(totals)
    rows = list(total_rows(datasets, scores, scales))
    made = made_with("numpy", "scipy", settings={"totals": datasets, "judges": judges})
    write_table(out, rows, TOTALS, "build_totals", made)
    for row in rows:
        if why := what_total_lacks(row):
            print(printable(f"{row['total']}, {row['model']}, judge {row['judge']}: {why}"), file=sys.stderr)


if __name__ == "__main__":
    run(main)
