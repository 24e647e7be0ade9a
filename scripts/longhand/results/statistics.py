"""Means with intervals that hold: Student's t on prompt means, and resampled prompts where no t exists."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri, stdtr, stdtrit  # `scipy.stats` takes 0.4 s to import

from longhand.results.doubts import ALL_EQUAL, FEW_PROMPTS, FEWEST_PROMPTS, ZEROS_DECIDE

Numbers = NDArray[np.float64]

RESAMPLES = 2000
FEW_ZEROS = 5
"""Fewer zeros than this that hold more than `ZEROS_SHARE` of the variance: how many there are is itself by chance."""
ZEROS_SHARE = 2 / 3

PERCENT = (0.0, 100.0)
_TAIL = (1 - 0.95) / 2  # lies below the interval, and as much above it
_EQUAL = 1e-9  # a standard error below it comes of rounding
_BATCH = 4_000_000  # numbers made at a time


class Estimate(NamedTuple):
    """A mean over prompts and the ends of its 95% interval.

    Attributes:
        mean: None without any value.
        low, high: None without an interval that can be trusted.
        n: prompts behind the mean; behind one of several rows, those of the row with the fewest.
        doubt: why there is no interval: `few_prompts`, `all_equal` (their spread says nothing), or `few_zeros` (so few
            zeros hold so much of the variance that one more or less would be another mean).
        zeros: prompts at the lowest value of the scale.
    """

    mean: float | None
    low: float | None
    high: float | None
    n: int
    doubt: str | None = None
    zeros: int = 0


class Paired(NamedTuple):
    """Two models on the prompts that both have.

    Attributes:
        difference: first - second; its zeros are prompts where either has 0.
        p: two-sided, of the paired t test; None where the difference has no interval.
        deviation: of the differences of single prompts, so that the standard error is deviation / √n; None under 2.
        first, second: their means over the same prompts.
    """

    difference: Estimate
    p: float | None
    deviation: float | None
    first: float | None
    second: float | None


class Spread(NamedTuple):
    """Means and standard errors of one or many tables at once: arrays of one shape.

    Attributes:
        mean, error: NaN without a value in each row; the error also with a single one.
        n: prompts, of the row with the fewest.
        zeros: prompts that were marked as zeros.
        zeros_share: of the variance, that these hold.
    """

    mean: Numbers
    error: Numbers
    n: NDArray[np.int64]
    zeros: NDArray[np.int64]
    zeros_share: Numbers


def mean_interval(
    values: ArrayLike, scale: tuple[float, float] = PERCENT, zeros: NDArray[np.bool_] | None = None
) -> Estimate:
    """The mean of prompt means, and its 95% interval by Student's t.

    Args:
        values: one number per prompt; NaN is left out. With several rows the mean is the mean of the rows' means (S̄ of
            S_L and S_Q), a column being a prompt: see `spread`.
        scale: lowest and highest value; the interval ends there.
        zeros: which prompts have the lowest value, where `values` do not show it (`ratio_parts`).
    """
    rows = np.atleast_2d(np.asarray(values, dtype=float))
    return _estimate(spread(rows, np.any(rows <= scale[0], axis=-2) if zeros is None else zeros), scale)


def mean_of_groups(groups: Sequence[ArrayLike], scales: Sequence[tuple[float, float]]) -> Estimate:
    """The mean of the means of groups of prompts, each group weighing the same, and its 95% interval by Student's t.

    The groups are fixed, and the prompts of each are by chance: the variance is the sum of those of the groups' means
    over the square of their number. The degrees of freedom are those of Welch and Satterthwaite. There is no interval
    where a group has none.

    Args:
        groups: of each, one number per prompt.
        scales: of each, lowest and highest value.
    """
    rows = [np.atleast_2d(np.asarray(group, dtype=float)) for group in groups]
    parts = [spread(row, row[0] <= scale[0]) for row, scale in zip(rows, scales, strict=True)]
    mean, prompts = float(np.mean([part.mean for part in parts])), sum(int(part.n) for part in parts)
    if doubt := next(filter(None, (str(doubts(part)) for part in parts)), None):
        return Estimate(mean, None, None, prompts, doubt)
    variances = np.array([part.error**2 for part in parts])
    freedom = variances.sum() ** 2 / sum(variances**2 / [part.n - 1 for part in parts])
    reach = float(stdtrit(freedom, 1 - _TAIL) * np.sqrt(variances.sum())) / len(parts)
    ends = np.clip([mean - reach, mean + reach], *np.mean(scales, axis=0))
    return Estimate(mean, float(ends[0]), float(ends[1]), prompts)


def ratio_parts(values: Numbers, weights: Numbers) -> Numbers:
    """Values whose plain mean is the weighted mean of `values`, and whose spread is that of this mean by prompt.

    The part of a prompt in the ratio m = Σwy / Σw is linearised: m + w/w̄ · (y − m). So the standard error of their mean
    is that of the ratio (Cochran 1977, 6.4), weights being by chance as values are. With equal weights they are the
    values.

    Args:
        values, weights: one number per prompt; NaN where there is no value.
    """
    is_value = ~np.isnan(values)
    if not is_value.any():
        return values
    shares = weights / weights[is_value].mean()
    mean = (values * shares)[is_value].mean()
    parts: Numbers = mean + shares * (values - mean)
    return parts


def share_interval(values: ArrayLike) -> Estimate:
    """The share of prompts with 1 and its 95% interval by Wilson (1927), which also holds where all are alike.

    Args:
        values: 0 or 1 per prompt.
    """
    marks = np.asarray(values, dtype=float)
    n = len(marks)
    share = float(marks.mean()) if n else None
    if share is None or n < FEWEST_PROMPTS:
        return Estimate(share, None, None, n, FEW_PROMPTS)
    return Estimate(share, *wilson(share, n), n)


def wilson(share: float, n: float, freedom: int | None = None) -> tuple[float, float]:
    """The ends of Wilson's 95% interval for a share of n independent trials.

    Args:
        share: of the trials.
        n: how many; it need not be whole.
        freedom: degrees of freedom, where n is estimated: Student's quantile takes the place of the normal one.
    """
    z = float(ndtri(1 - _TAIL) if freedom is None else stdtrit(freedom, 1 - _TAIL))
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def paired(first: ArrayLike, second: ArrayLike, scale: tuple[float, float] = PERCENT) -> Paired:
    """The difference of two models on the same prompts, with its interval and p.

    Args:
        first, second: as the values of `mean_interval`, of equal shapes, a column being a prompt. Only where both have
            a value, it counts.
        scale: of the values; a difference is within the scale's length on both sides.
    """
    sides = [np.atleast_2d(np.asarray(side, dtype=float)) for side in (first, second)]
    apart, *means = difference_spread(sides[0], sides[1], scale)
    length = scale[1] - scale[0]
    difference = _estimate(apart, (-length, length))
    deviation = _known(apart.error * np.sqrt(apart.n))
    p = None if difference.low is None else float(p_values(apart))
    return Paired(difference, p, deviation, *map(_known, means))


def difference_spread(
    first: Numbers, second: Numbers, scale: tuple[float, float] = PERCENT
) -> tuple[Spread, Numbers, Numbers]:
    """First - second of one or many pairs at once, and the means of both over the prompts that both have.

    Args:
        first, second: (..., rows, prompts), as the rows of `spread`.
        scale: of the values.
    """
    lacking = np.isnan(first) | np.isnan(second)
    sides = [np.where(lacking, np.nan, side) for side in (first, second)]
    zeros = np.any(np.minimum(*sides) <= scale[0], axis=-2)
    of_first, of_second = (spread(side, zeros).mean for side in sides)
    return spread(sides[0] - sides[1], zeros), of_first, of_second


def spread(rows: Numbers, zeros: NDArray[np.bool_]) -> Spread:
    """Mean and standard error by prompt, of one table or of many at once.

    The mean of several rows' means is linear in the prompts: a prompt's part in it is the sum of its deviations in each
    row, over the number of prompts of that row. Their squares add up to the variance, whether the rows are of the same
    prompts or not. Of a single row, and of rows of the same prompts, that is the usual s²/n.

    Args:
        rows: (..., rows, prompts), NaN where there is no value.
        zeros: (..., prompts), which prompts are zeros.
    """
    known = ~np.isnan(rows)
    numbers = known.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.where(known, rows, 0).sum(axis=-1) / numbers
        deviations = np.where(known, rows - means[..., None], 0)
        parts = (deviations / np.sqrt(numbers * (numbers - 1.0))[..., None]).mean(axis=-2)
        squares = parts**2
        variance = squares.sum(axis=-1)
        share = np.where(zeros, squares, 0).sum(axis=-1) / variance
    marked = zeros & known.any(axis=-2)
    return Spread(means.mean(axis=-1), np.sqrt(variance), numbers.min(axis=-1), marked.sum(axis=-1), share)


def t_ends(of: Spread, scale: tuple[float, float] = PERCENT) -> tuple[Numbers, Numbers]:
    """The ends of the 95% t interval at every n from 2, clipped to the scale; NaN below."""
    with np.errstate(invalid="ignore"):
        reach = stdtrit(np.where(of.n > 1, of.n - 1.0, np.nan), 1 - _TAIL) * of.error
    return np.clip(of.mean - reach, *scale), np.clip(of.mean + reach, *scale)


def p_values(of: Spread) -> Numbers:
    """Of a mean of 0, two-sided, by the t test."""
    with np.errstate(invalid="ignore", divide="ignore"):
        p: Numbers = 2 * stdtr(np.where(of.n > 1, of.n - 1.0, np.nan), -np.abs(of.mean / of.error))
    return p


def doubts(of: Spread) -> NDArray[np.str_]:
    """Why no interval of each can be trusted; empty where one can."""
    few_zeros = (of.zeros < FEW_ZEROS) & (of.zeros_share > ZEROS_SHARE)
    reasons = [of.n < FEWEST_PROMPTS, of.error < _EQUAL, few_zeros]
    return np.select(reasons, [FEW_PROMPTS, ALL_EQUAL, ZEROS_DECIDE], "")


def _estimate(of: Spread, scale: tuple[float, float]) -> Estimate:
    doubt = str(doubts(of)) or None
    low, high = (None, None) if doubt else map(float, t_ends(of, scale))
    return Estimate(_known(of.mean), low, high, int(of.n), doubt, int(of.zeros))


def _known(value: Numbers) -> float | None:
    return None if np.isnan(value) else float(value)


def holm(p: ArrayLike) -> Numbers:
    """p values of several tests, adjusted so that all of them together err in 5% at 0.05 (Holm 1979)."""
    values = np.asarray(p, dtype=float)
    order = np.argsort(values, kind="stable")
    raised = np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1))
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(raised, 1)
    return adjusted


def resampled_by(prompts: int, statistic: Callable[[Numbers], Numbers], seed: int, numbers: int = 1) -> Estimate:
    """A statistic that has no t, and its 95% percentile interval by resampling whole prompts.

    Args:
        prompts: how many there are.
        statistic: one number for each of many tables, from how often each prompt is in them (prompts × tables); NaN
            where it is not defined, since all in a table is equal.
        seed: of the draws.
        numbers: that the statistic makes for each table on the way, about: so many tables are made at a time that
            memory does not grow with the rows.

    Returns:
        No interval under `FEWEST_PROMPTS`, nor where a resample has no value.
    """
    whole = _known(statistic(np.ones((prompts, 1)))[0]) if prompts else None
    doubt = FEW_PROMPTS if prompts < FEWEST_PROMPTS else ALL_EQUAL if whole is None else None
    if doubt:
        return Estimate(whole, None, None, prompts, doubt)
    random, batch = np.random.default_rng(seed), max(1, _BATCH // max(numbers, prompts))
    values = []
    for start in range(0, RESAMPLES, batch):
        times = random.multinomial(prompts, np.full(prompts, 1 / prompts), min(batch, RESAMPLES - start))
        values.append(statistic(times.T.astype(float)))
    low, high = map(_known, percentile_interval(np.concatenate(values)))
    return Estimate(whole, low, high, prompts, ALL_EQUAL if low is None else None)


def percentile_interval(values: Numbers) -> Numbers:
    """The ends of the interval, along the first axis, NaN where a value is: those of `scipy.stats.bootstrap`."""
    ends = np.array([_TAIL, 1 - _TAIL])
    place = ends * len(values) + (1 - ends)  # counted from 1, between two of the sorted values
    below = place.astype(int) - 1
    share = (place % 1).reshape(-1, *[1] * (values.ndim - 1))
    ordered = np.sort(values, axis=0)  # NaN comes last
    between = (1 - share) * ordered[below] + share * ordered[below + 1]
    return np.where(np.isnan(ordered[-1]), np.nan, between)
