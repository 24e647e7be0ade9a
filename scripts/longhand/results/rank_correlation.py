"""Spearman's rank correlation, of weighted values, with an interval by resampling groups of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from longhand.results.statistics import ALL_EQUAL, FEW_PROMPTS, FEWEST_PROMPTS, Estimate, Numbers, resampled_by


def spearman(first: Numbers, second: Numbers) -> float:
    """The correlation of the ranks of two rows of numbers, equals having their mean rank; NaN where one is constant.

    Args:
        first, second: equally many numbers, none of them NaN.
    """
    return _Ranked(first, second).correlation(np.ones(len(first)))


def grouped_spearman(first: Numbers, second: Numbers, groups: NDArray[np.int64], seed: int) -> Estimate:
    """The correlation over all values, and its 95% percentile interval from resamples of whole groups.

    Args:
        first, second: equally many numbers, none of them NaN.
        groups: which group each value belongs to, numbered from 0 without gaps.
        seed: of the resampling.

    Returns:
        No mean where one row is constant or empty; no interval from fewer than FEWEST_PROMPTS groups, or where a
        resample comes out constant. `n` is the number of groups.
    """
    ranked, number = _Ranked(first, second), int(groups.max()) + 1 if len(groups) else 0
    correlation = ranked.correlation(np.ones(len(first)))
    doubt = FEW_PROMPTS if number < FEWEST_PROMPTS else ALL_EQUAL if np.isnan(correlation) else None
    if doubt:
        return Estimate(None if np.isnan(correlation) else correlation, None, None, number, doubt)
    low, high = resampled_by(number, lambda times: ranked.correlation(times[groups].astype(float)), seed)
    if np.isnan(low):
        return Estimate(correlation, None, None, number, ALL_EQUAL)
    return Estimate(correlation, float(low), float(high), number)


class _Ranked:
    """Two rows of numbers, sorted once: a resample only gives their values other weights."""

    def __init__(self, first: Numbers, second: Numbers):
        self._places = [np.unique(row, return_inverse=True) for row in (first, second)]

    def correlation(self, weights: Numbers) -> float:
        """As if each value stood there as often as its weight says."""
        if not weights.sum():
            return float("nan")
        deviations = []
        for values, places in self._places:
            counts = np.bincount(places, weights, len(values))
            ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]
            deviations.append(ranks - np.average(ranks, weights=weights))
        covariance, *variances = (
            float(np.sum(weights * a * b)) for a, b in (deviations, [deviations[0]] * 2, [deviations[1]] * 2)
        )
        spread = float(np.sqrt(variances[0] * variances[1]))
        return covariance / spread if spread > 0 else float("nan")
