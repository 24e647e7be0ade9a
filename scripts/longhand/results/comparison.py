"""A model after training against the model before it: differences on the same prompts, with paired intervals."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from longhand.results.prompt_means import (
    GUARDED,
    METRICS,
    counted_rows,
    judged_by,
    metric_values,
    prompt_means,
    slices,
)
from longhand.results.statistics import paired
from longhand.tables.files import Row


def comparison_rows(before: pd.DataFrame, after: pd.DataFrame, missing: str) -> Iterator[Row]:
    """The comparison of two models on one dataset: columns of COMPARISON from `judge` on.

    The unit is the prompt: samples of a prompt are averaged first. Only prompts with the metric on both sides count,
    and the interval is of their differences, so that it is not widened by how prompts differ.

    Args:
        before, after: their tables of scores.
        missing: as for the leaderboard.
    """
    judges = [judge for judge in after["judge"].unique() if pd.isna(judge) or judge in set(before["judge"])]
    for judge in judges:
        name = None if pd.isna(judge) else str(judge)
        sides = [prompt_means(counted_rows(judged_by(side, name), ["score_q"], missing)) for side in (before, after)]
        both = sides[1][sides[1].index.isin(sides[0].index)]
        for kind, label, rows in slices(both, guarded=True):
            if kind not in ("all", "range"):
                continue
            for metric in METRICS:
                yield {
                    "judge": name,
                    "slice": label,
                    "guard": label in GUARDED,
                    "metric": metric,
                    **_difference(sides[0], rows, metric),
                }


def _difference(before: pd.DataFrame, after: pd.DataFrame, metric: str) -> Row:
    found = paired(metric_values(after, metric), metric_values(before.loc[after.index], metric))
    difference = found.difference
    return {
        "n": difference.n,
        "mean_before": found.second,
        "mean_after": found.first,
        "difference": difference.mean,
        "low": difference.low,
        "high": difference.high,
    }
