"""Further metrics of a dataset's responses: means over prompts, of all of them and by category."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from longhand.results.leads import leaders
from longhand.results.statistics import PERCENT, mean_interval, ratio_parts
from longhand.summary.inputs import Source
from longhand.tables.files import Row, read_rows, read_table
from longhand.tables.schemas import PROMPTS
from longhand.tables.score_tables import METRICS


def metric_rows(metrics: Sequence[Source], prompts: Path | None) -> Iterator[Row]:
    """Rows of METRIC_MEANS of all models on one dataset, in the order of its metrics.

    Args:
        metrics: a table per model.
        prompts: of the dataset; they have the categories.
    """
    categories = {}
    if prompts is not None and metrics:
        rows = read_rows(prompts, PROMPTS, ["prompt_id", "category"])
        categories = {row["prompt_id"]: row["category"] or None for row in rows}
    values: dict[tuple[str, str | None], dict[Source, pd.DataFrame]] = {}
    for source in metrics:
        table = read_table(source.path, METRICS).to_pandas()
        table["category"] = table["prompt_id"].map(categories).astype(object)
        for (metric, judge), of_metric in table.groupby(["metric", "judge"], sort=False, dropna=False):
            judged_by = None if pd.isna(judge) else judge
            values.setdefault((metric, judged_by), {})[source] = of_metric
    for (metric, judge), of_models in values.items():
        known = {category for rows in of_models.values() for category in rows["category"]}
        present = sorted((None if pd.isna(each) else each for each in known), key=lambda each: each or "")
        for every, category in [(True, None), *((False, each) for each in present if len(present) > 1)]:
            parts = {source: _part(rows, every, category) for source, rows in of_models.items()}
            about = {"metric": metric, "judge": judge, "all": every, "category": category}
            yield from (about | row for row in _column(parts))


def _part(rows: pd.DataFrame, every: bool, category: str | None) -> pd.DataFrame:
    if every:
        return rows
    return rows[rows["category"].isna() if category is None else rows["category"] == category]


def _column(parts: Mapping[Source, pd.DataFrame]) -> Iterator[Row]:
    """Each model's mean over these of its responses, samples of a prompt averaged first.

    A prompt counts by the weight of its responses, as the criteria of a view do.
    """
    every = pd.concat(parts.values())
    scale = (float(every["lowest"].fillna(PERCENT[0]).min()), float(every["highest"].fillna(PERCENT[1]).max()))
    means = {
        source: rows.dropna(subset=["value"]).groupby("prompt_id", sort=False)["value"].mean()
        for source, rows in parts.items()
    }
    prompts = list(dict.fromkeys(prompt for of_model in means.values() for prompt in of_model.index))
    weights = every.groupby("prompt_id")["weight"].first().fillna(1.0).reindex(prompts).to_numpy(dtype=float)
    aligned = {source: of_model.reindex(prompts).to_numpy(dtype=float) for source, of_model in means.items()}
    weighted = {source: ratio_parts(values, weights) for source, values in aligned.items()}
    leading = leaders({source.model: np.atleast_2d(values) for source, values in weighted.items()}, scale)
    for source, values in weighted.items():
        estimate = mean_interval(values, scale, aligned[source] <= scale[0])
        yield {
            "dataset": source.dataset,
            "model": source.model,
            "n": int(parts[source]["value"].notna().sum()),
            "n_prompts": estimate.n,
            "mean": estimate.mean,
            "low": estimate.low,
            "high": estimate.high,
            "doubt": estimate.doubt,
            "leads": leading[source.model],
        }
