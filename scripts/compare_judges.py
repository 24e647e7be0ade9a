"""Says how far judges agree with each other and with themselves, and how their scores go with length.

Reads: results/{dataset}/{model}/judgements/{judge}.parquet, results/{dataset}/{model}/scores.parquet.
Writes: results/agreement.parquet, results/length_bias.parquet.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pandas as pd

from longhand.program.command import FileText, run
from longhand.results.agreement import agreement_rows, same_model_rows
from longhand.results.length_bias import length_bias_rows
from longhand.results.quality import OF_SCORE
from longhand.tables.agreement_tables import AGREEMENT, LENGTH_BIAS
from longhand.tables.files import Row, read_table, write_table
from longhand.tables.makers import made_with
from longhand.tables.schemas import JUDGEMENTS
from longhand.tables.score_tables import SCORES

VERDICTS = ["prompt_id", "sample", "judge", "repeat", *OF_SCORE]
BY_LENGTH = ["prompt_id", "sample", "judge", "required", "words", "score_q"]


def joined(paths: Sequence[Path], models: Sequence[str], schema: object, columns: list[str]) -> pd.DataFrame:
    """Tables of several models as one, with `model`; models are in order."""
    parts = [
        read_table(path, schema, columns).to_pandas().assign(model=model)
        for path, model in sorted(zip(paths, models, strict=True), key=lambda pair: models.index(pair[1]))
    ]
    return pd.concat(parts, ignore_index=True)


def agreement(
    judgements: Sequence[Path], judges: Sequence[str], same: Mapping[str, Mapping[str, Sequence[str]]], seed: int
) -> Iterator[Row]:
    """The rows of AGREEMENT, dataset by dataset."""
    for dataset in dict.fromkeys(path.parents[2].name for path in judgements):
        paths = [path for path in judgements if path.parents[2].name == dataset]
        present = [judge for judge in judges if judge in {path.stem for path in paths}]
        models = [path.parents[1].name for path in paths]
        verdicts = joined(paths, models, JUDGEMENTS, VERDICTS)
        for rows in (agreement_rows(verdicts, present, seed), same_model_rows(verdicts, present, same)):
            yield from ({"dataset": dataset} | row for row in rows)


def by_length(scores: Sequence[Path], judges: Sequence[str]) -> Iterator[Row]:
    """The rows of LENGTH_BIAS, dataset by dataset."""
    for dataset in dict.fromkeys(path.parents[1].name for path in scores):
        paths = [path for path in scores if path.parents[1].name == dataset]
        rows = joined(paths, [path.parent.name for path in paths], SCORES, BY_LENGTH)
        for judge in judges:
            yield from (
                {"dataset": dataset, "judge": judge} | row for row in length_bias_rows(rows[rows["judge"] == judge])
            )


def main(
    *,
    scores: list[Path],
    judgements: list[Path],
    judges: list[str],
    same: FileText,
    seed: int,
    out: Path,
    length_bias: Path,
) -> None:
    """Writes both tables.

    Args:
        scores: tables at …/{dataset}/{model}/scores.parquet.
        judgements: tables at …/{dataset}/{model}/judgements/{judge}.parquet.
        judges: names, in order; others in the tables of scores judge for training data only.
        same: JSON: judge -> {judges, models}: names of those that are the same model.
        seed: of the resampling.
        out: the table of agreement.
        length_bias: the table of length bias.
    """
    same_models = json.loads(same)
    settings = {"judges": judges, "same": same_models, "seed": seed}
    made = made_with("evalica", "numpy", "pandas", "scipy", settings=settings)
    write_table(out, agreement(judgements, judges, same_models, seed), AGREEMENT, "compare_judges", made)
    made = made_with("numpy", "pandas", "scipy", settings={"judges": judges})
    write_table(length_bias, by_length(scores, judges), LENGTH_BIAS, "compare_judges", made)


if __name__ == "__main__":
    run(main)
