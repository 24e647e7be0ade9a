"""S_Q of responses: the mean of the scores of a verdict, weighted where each prompt has criteria with weights."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

OF_SCORE = ["dimension", "weight", "score_100"]
"""Columns of judgements that S_Q is made of, beside keys."""


def mean_quality(verdicts: pd.DataFrame, keys: Sequence[str]) -> pd.Series:
    """The weighted mean of the scores with the same keys; NaN where one of them is missing.

    Args:
        verdicts: the keys, `weight` (null counts as 1) and `score_100`; a row for each dimension or criterion.
        keys: columns.
    """
    scores = verdicts["score_100"].astype(float)
    weights = verdicts["weight"].astype(float).fillna(1.0)
    parts = pd.DataFrame({"sum": scores * weights, "weight": weights, "unread": scores.isna()})
    sums = parts.groupby([verdicts[key] for key in keys], sort=False).sum()
    # Equal means of different scores differ in the last digit else, and would be a pair in place of a tie.
    means: pd.Series = (sums["sum"] / sums["weight"]).where(sums["unread"] == 0).round(9)
    return means


def quality_of_responses(verdicts: pd.DataFrame, keys: Sequence[str]) -> pd.Series:
    """The same of responses (keys): each dimension's score is the mean of the repeats that could be read, first.

    Args:
        verdicts: the keys and OF_SCORE, of one judge.
        keys: of responses.
    """
    by_dimension = verdicts.groupby([*keys, "dimension"], sort=False)
    return mean_quality(by_dimension.agg({"weight": "first", "score_100": "mean"}).reset_index(), keys)
