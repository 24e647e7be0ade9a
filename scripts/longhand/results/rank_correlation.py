"""Spearman's rank correlation, of weighted values, with an interval by resampling groups of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from longhand.results.statistics import RESAMPLES, Estimate, percentile_interval

Numbers = NDArray[np.float64]


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
        All None where one row is constant or empty; no interval from fewer than two groups, or where a resample can
        come out constant.
    """
    ranked, number = _Ranked(first, second), int(groups.max()) + 1 if len(groups) else 0
    correlation = ranked.correlation(np.ones(len(first)))
    if np.isnan(correlation):
        return Estimate(None, None, None)
    if number < 2:
        return Estimate(correlation, None, None)
    random = np.random.default_rng(seed)
    drawn = (random.multinomial(number, np.full(number, 1 / number)) for _ in range(RESAMPLES))
    low, high = percentile_interval(np.array([ranked.correlation(times[groups].astype(float)) for times in drawn]))
    return Estimate(correlation, *(None if np.isnan(end) else float(end) for end in (low, high)))


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
