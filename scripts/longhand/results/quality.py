"""S_Q out of verdicts: the mean of what a response was judged by, by the weights of its criteria where it has any."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd


def score_q(verdicts: pd.DataFrame, keys: Sequence[str]) -> pd.Series:
    """S_Q on 0-100, NaN where a score is missing.

    Args:
        verdicts: `score_100` and `weight` of each dimension or criterion; dimensions have no weight and count alike.
        keys: columns whose values the rows of one S_Q have in common; they index the result.
    """
    weights = verdicts["weight"].astype(float).fillna(1.0)
    scores = verdicts["score_100"].astype(float)
    sums = verdicts[[*keys]].assign(weighted=scores * weights, weight=weights, missing=scores.isna())
    added = sums.groupby([*keys], sort=False).sum()
    # Equal means of different scores differ in the last digit else, and would be a pair in place of a tie.
    means = (added["weighted"] / added["weight"]).round(9)
    return means.where(added["missing"] == 0)
