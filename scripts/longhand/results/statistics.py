"""Means with intervals."""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

RESAMPLES = 2000
_BATCH = 4_000_000  # numbers drawn at a time, so that memory does not grow with the rows


class Estimate(NamedTuple):
    """A mean and the ends of its 95% interval; None where there is none."""

    mean: float | None
    low: float | None
    high: float | None


def mean_interval(values: NDArray[np.float64], seed: int) -> Estimate:
    """Mean and 95% percentile bootstrap interval.

    Args:
        values: one or more rows of equally many numbers; NaN is left out. With several rows the mean is the mean of
            the rows' means, and columns are resampled together (S̄ from S_L and S_Q of the same prompts).
        seed: of the resampling.

    Returns:
        All None without a value in each row; no interval from fewer than two columns, or where resamples can come out
        without a value.
    """
    rows = np.atleast_2d(values)
    rows = rows[:, ~np.isnan(rows).all(axis=0)]
    if rows.size == 0 or np.isnan(rows).all(axis=1).any():
        return Estimate(None, None, None)
    mean = float(_mean_of_means(*rows))
    if rows.shape[1] < 2:
        return Estimate(mean, None, None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # resamples of equal values, or without any
        found = stats.bootstrap(
            tuple(rows),
            _mean_of_means,
            n_resamples=RESAMPLES,
            batch=max(1, _BATCH // rows.size),
            vectorized=True,
            paired=True,
            method="percentile",
            rng=np.random.default_rng(seed),
        ).confidence_interval
    low, high = (None if np.isnan(end) else float(end) for end in (found.low, found.high))
    return Estimate(mean, low, high)


def _mean_of_means(*rows: NDArray[np.float64], axis: int = -1) -> NDArray[np.float64]:
    means: NDArray[np.float64] = np.mean([np.nanmean(row, axis=axis) for row in rows], axis=0)
    return means
