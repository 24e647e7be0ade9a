"""Spearman's rank correlation, with an interval by resampling groups of values."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from longhand.results.midranks import Counted, centred_ranks, coded
from longhand.results.statistics import Estimate, Numbers, resampled_by


def spearman(first: Numbers, second: Numbers) -> float:
    """The correlation of the ranks of two rows of numbers, equals having their mean rank; NaN where one is constant.

    Args:
        first, second: equally many numbers, none of them NaN.
    """
    if not len(first):
        return float("nan")
    return float(_Correlation(first, second, np.zeros(len(first), np.int64)).of(np.ones((1, 1)))[0])


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
    number = int(groups.max()) + 1 if len(groups) else 0
    correlation = _Correlation(first, second, groups).of if number else np.mean
    return resampled_by(number, correlation, seed, len(first))


class _Correlation:
    """Two rows of numbers, sorted once."""

    def __init__(self, first: Numbers, second: Numbers, groups: NDArray[np.int64]):
        codes = [coded(row) for row in (first, second)]
        self._values = [Counted(groups, each) for each in codes]
        self._together = Counted(groups, *codes)

    def of(self, times: Numbers) -> Numbers:
        """The correlation in each resample, from how often each group is in it (group × resample)."""
        counts = [each.in_each(times) for each in self._values]
        ranks = [centred_ranks(each) for each in counts]
        one, other = self._together.rows.T
        covariance = np.sum(self._together.in_each(times) * ranks[0][one] * ranks[1][other], axis=0)
        variances = [np.sum(count * rank**2, axis=0) for count, rank in zip(counts, ranks, strict=True)]
        spread = np.sqrt(variances[0] * variances[1])
        correlations: Numbers = np.full(spread.shape, np.nan)
        np.divide(covariance, spread, out=correlations, where=spread > 0)
        return correlations
