"""Compares every two models on the prompts that both have, and says how often each scores higher than the others.

Reads: results/{dataset}/{model}/scores.parquet of all models, judgements/{judge}.parquet of judges with repeats.
Writes: results/comparison.parquet, win_rates.parquet.
"""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from longhand.program.command import FileText, run
from longhand.results.comparison import comparison_rows, judged_values, pairs_of, rates_by_metric
from longhand.results.panels import panels_for, with_panels
from longhand.results.prompt_means import SLICES
from longhand.tables.comparison_tables import COMPARISON, WIN_RATES
from longhand.tables.files import Row, TableWriter, read_table, write_table
from longhand.tables.makers import made_with
from longhand.tables.schemas import JUDGEMENTS
from longhand.tables.score_tables import SCORES

COLUMNS = ["prompt_id", "sample", "judge", *SLICES, "required", "score_l", "score_q"]
VERDICTS = ["prompt_id", "sample", "repeat", "weight", "score_100"]


def scores_of(paths: list[Path], dimensions: list[str]) -> dict[str, pd.DataFrame]:
    """Model -> what is compared of its table, in the order of the paths."""
    return {
        path.parent.name: read_table(path, SCORES, [*COLUMNS, *dict.fromkeys(dimensions)]).to_pandas() for path in paths
    }


def verdicts_of(paths: list[Path]) -> dict[str, dict[str, pd.DataFrame]]:
    """Judge -> model -> the scores of its verdicts."""
    verdicts: dict[str, dict[str, pd.DataFrame]] = {}
    for path in paths:
        table = read_table(path, JUDGEMENTS, VERDICTS).to_pandas()
        verdicts.setdefault(path.stem, {})[path.parents[1].name] = table
    return verdicts


def main(
    *,
    scores: list[Path],
    judgements: list[Path] | None = None,
    dimensions: FileText,
    panels: FileText = "{}",
    made_of: FileText = "{}",
    missing: str,
    seed: int,
    out: Path,
    win_rates: Path,
) -> None:
    """Writes both tables.

    Args:
        scores: tables at …/{dataset}/{model}/scores.parquet.
        judgements: tables at …/{dataset}/{model}/judgements/{judge}.parquet of judges that repeat their verdicts.
        dimensions: JSON: dataset -> judge -> what it scores, of the judges that models are compared by.
        panels: JSON: name of a panel -> its judges; see build_leaderboard.
        made_of: JSON: model that was trained here -> the one that it was made of.
        missing: exclude, neutral or drop; see build_leaderboard.
        seed: of the resampling behind win rates.
        out, win_rates: the tables.
    """
    of_judges: dict[str, dict[str, list[str]]] = json.loads(dimensions)
    before: dict[str, str] = json.loads(made_of)
    settings = {
        "dimensions": of_judges,
        "panels": json.loads(panels),
        "made_of": before,
        "missing": missing,
        "seed": seed,
    }
    made = made_with("evalica", "numpy", "pandas", "scipy", settings=settings)
    rates: list[Row] = []
    with TableWriter(out, COMPARISON, "compare_models", made) as table:
        for dataset in dict.fromkeys(path.parent.parent.name for path in scores):
            present = panels_for(json.loads(panels), of_judges[dataset])
            judges = of_judges[dataset] | dict.fromkeys(present, [])
            paths = [path for path in scores if path.parent.parent.name == dataset]
            of_models = scores_of(paths, [name for names in judges.values() for name in names])
            of_models = {model: with_panels(table, present) for model, table in of_models.items()}
            models = list(of_models)
            pairs = pairs_of(models, before)
            verdicts = verdicts_of([path for path in judgements or [] if path.parents[2].name == dataset])
            for judged in judged_values(of_models, judges, missing, verdicts):
                for row in comparison_rows(models, pairs, judged):
                    table.write({"dataset": dataset, **row})
                rates += [{"dataset": dataset, **row} for row in rates_by_metric(models, judged, seed)]
    write_table(win_rates, rates, WIN_RATES, "compare_models", made)


if __name__ == "__main__":
    run(main)
