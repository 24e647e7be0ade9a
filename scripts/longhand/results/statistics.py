"""Means with intervals."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000
_TAIL = (1 - 0.95) / 2  # of the resamples lies below the interval, and as much above it
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
        warnings.simplefilter("ignore")  # resamples without any value
        low, high = percentile_interval(np.concatenate(list(_resampled_means(rows, seed))))
    return Estimate(mean, *(None if np.isnan(end) else float(end) for end in (low, high)))


def _resampled_means(rows: NDArray[np.float64], seed: int) -> Iterator[NDArray[np.float64]]:
    """The means of RESAMPLES resamples of the columns, some at a time."""
    random, columns = np.random.default_rng(seed), rows.shape[1]
    batch = max(1, _BATCH // rows.size)
    for start in range(0, RESAMPLES, batch):
        drawn = random.integers(0, columns, (min(batch, RESAMPLES - start), columns))
        yield _mean_of_means(*(row[drawn] for row in rows))


def percentile_interval(means: NDArray[np.float64]) -> NDArray[np.float64]:
    """The ends of the interval, NaN where a mean is: those of `scipy.stats.bootstrap`, which takes 0.4 s to import."""
    if np.isnan(means).any():
        return np.full(2, np.nan)
    ends = np.array([_TAIL, 1 - _TAIL])
    place = ends * means.size + (1 - ends)  # counted from 1, between two of the sorted means
    below, share = place.astype(int) - 1, place % 1
    ordered = np.sort(means)
    between: NDArray[np.float64] = (1 - share) * ordered[below] + share * ordered[below + 1]
    return between


def _mean_of_means(*rows: NDArray[np.float64], axis: int = -1) -> NDArray[np.float64]:
    means: NDArray[np.float64] = np.mean([np.nanmean(row, axis=axis) for row in rows], axis=0)
    return means
