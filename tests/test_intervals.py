"""Means with intervals: Student's t against SciPy and values by hand, doubts, pairs, S̄ of two halves, shares."""

from __future__ import annotations

import itertools
import math
import statistics

import numpy as np
import pytest
import scipy.stats

from longhand.results.leads import leaders
from longhand.results.statistics import Estimate, holm, mean_interval, paired, percentile_interval, share_interval

T_7, T_11 = 2.364624, 2.200985
"""97.5% of Student's t with 7 and 11 degrees of freedom, from a printed table."""

EIGHT = [52.0, 61.0, 70.0, 48.0, 66.0, 75.0, 58.0, 50.0]


def by_hand(values: list[float], quantile: float) -> tuple[float, float]:
    reach = quantile * statistics.stdev(values) / math.sqrt(len(values))
    return statistics.mean(values) - reach, statistics.mean(values) + reach


def test_an_interval_by_hand() -> None:
    estimate = mean_interval(EIGHT)
    assert estimate.mean == 60 and (estimate.n, estimate.doubt, estimate.zeros) == (8, None, 0)
    assert (estimate.low, estimate.high) == pytest.approx(by_hand(EIGHT, T_7), abs=1e-4)
    with_gaps = [math.nan, *EIGHT[:4], math.nan, *EIGHT[4:]]
    assert mean_interval(with_gaps) == estimate, "prompts without a value count for nothing"
    assert mean_interval(EIGHT[::-1]) == pytest.approx(estimate), "no draw, no seed, no order"


@pytest.mark.parametrize("prompts", [8, 12, 26, 120, 4001])
def test_intervals_are_those_of_scipy(prompts: int) -> None:
    values = np.random.default_rng(prompts).normal(60, 9, prompts)
    expected = scipy.stats.ttest_1samp(values, 0).confidence_interval(0.95)
    estimate = mean_interval(values)
    assert (estimate.mean, estimate.low, estimate.high) == pytest.approx((values.mean(), *expected))


def test_an_interval_ends_where_the_scale_ends() -> None:
    high = [100.0] * 9 + [88.0, 94.0, 70.0]
    low, beyond = by_hand(high, T_11)
    assert beyond > 100
    assert mean_interval(high)[1:3] == pytest.approx((low, 100))
    assert mean_interval([100 - value for value in high])[1:3] == pytest.approx((0, 100 - low))
    assert mean_interval([value / 100 for value in high], scale=(0, 1))[1:3] == pytest.approx((low / 100, 1))
    apart = paired([100.0] * 12, [0.0] * 5 + [1.0] * 6 + [60.0])
    assert apart.difference.high == 100 and apart.difference.low is not None and apart.difference.low > 60


def test_under_eight_prompts_there_is_a_mean_and_nothing_more() -> None:
    nothing = Estimate(None, None, None, 0, "few_prompts", 0)
    assert mean_interval([]) == mean_interval([math.nan] * 9) == nothing
    for number in range(1, 8):
        assert mean_interval(EIGHT[:number]) == (
            pytest.approx(statistics.mean(EIGHT[:number])),
            *(None, None, number, "few_prompts", 0),
        )
        assert paired(EIGHT[:number], EIGHT[::-1][:number]).p is None
    assert mean_interval(EIGHT).low is not None
    assert mean_interval([*EIGHT[:7], math.nan]).doubt == "few_prompts"


def test_where_all_are_equal_their_spread_says_nothing() -> None:
    thirds = [100 / 3, 1 - 1 + 100 / 3, (10 + 10 / 3) + 20] * 4  # equal but for the last digit
    assert mean_interval(thirds) == (pytest.approx(100 / 3), None, None, 12, "all_equal", 0)
    same = paired(EIGHT, EIGHT)
    assert (same.difference.mean, same.difference.doubt, same.p, same.deviation) == (0, "all_equal", None, 0)


@pytest.mark.parametrize(
    ("zeros", "others", "spread", "doubt"),
    [
        (1, 25, 5, "few_zeros"),
        (4, 56, 5, "few_zeros"),
        (5, 55, 5, None),  # as many as five are no accident
        (0, 60, 5, None),
        (2, 58, 20, None),  # the others differ so much that two zeros do not make the mean
    ],
)
def test_few_zeros_that_make_the_mean(zeros: int, others: int, spread: float, doubt: str | None) -> None:
    good = 80 + spread * np.tile([-1.0, 1.0], others)[:others]
    estimate = mean_interval([*good, *[0.0] * zeros])
    assert (estimate.doubt, estimate.zeros, estimate.n) == (doubt, zeros, zeros + others)
    assert (estimate.low is None) == (doubt is not None)
    steady = good + np.tile([3.0, -3.0], others)[:others]
    difference = paired([*good, *[0.0] * zeros], [*steady, *[81.0] * zeros]).difference
    assert (difference.zeros, difference.doubt is None) == (zeros, zeros in (0, 5)), "between two they differ by three"


# ---- two models on the same prompts


def test_pairs_are_those_of_scipy_and_of_shared_prompts() -> None:
    random = np.random.default_rng(3)
    first = random.normal(60, 20, 40)
    second = first + random.normal(3, 4, 40)
    expected = scipy.stats.ttest_rel(first, second)
    compared = paired([*first, 50, math.nan], [*second, math.nan, 70])
    assert compared.difference.n == 40 and compared.p == pytest.approx(expected.pvalue)
    assert compared.difference[:3] == pytest.approx((np.mean(first - second), *expected.confidence_interval(0.95)))
    assert (compared.first, compared.second) == pytest.approx((first.mean(), second.mean())), "of the shared prompts"
    assert compared.deviation == pytest.approx(statistics.stdev(first - second))
    swapped = paired(second, first)
    assert swapped.difference.mean == pytest.approx(-np.mean(first - second)) and swapped.p == pytest.approx(compared.p)


@pytest.mark.parametrize("shift", [0.0, 4.0, 9.0])
def test_p_is_that_of_sign_flips(shift: float) -> None:
    differences = np.random.default_rng(11).normal(shift, 8, 12)
    flips = np.array(list(itertools.product([-1, 1], repeat=12)))
    exact = np.mean(np.abs((flips * differences).mean(axis=1)) >= abs(differences.mean()) - 1e-12)
    assert paired(50 + differences, [50.0] * 12).p == pytest.approx(exact, abs=0.012)


def test_many_tests_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == pytest.approx([1, 1]) and holm([]).size == 0


# ---- S̄, and what has no t


def test_a_mean_of_two_halves_of_the_same_prompts_is_that_of_their_means() -> None:
    length, quality = np.random.default_rng(1).normal([[70], [50]], [[20], [8]], (2, 30))
    assert mean_interval([length, quality]) == pytest.approx(mean_interval((length + quality) / 2))


def test_a_mean_of_two_halves_of_different_prompts_adds_their_variances() -> None:
    random = np.random.default_rng(2)
    length, quality = random.normal(70, 20, 12), random.normal(50, 8, 40)
    rows = np.full((2, 52), np.nan)
    rows[0, :12], rows[1, 12:] = length, quality
    estimate = mean_interval(rows)
    error = math.sqrt((statistics.variance(length) / 12 + statistics.variance(quality) / 40) / 4)
    assert estimate.mean == pytest.approx((length.mean() + quality.mean()) / 2)
    assert estimate.high - estimate.mean == pytest.approx(T_11 * error, rel=1e-6), "as unsure as the smaller half"
    assert estimate.n == 12
    assert mean_interval(rows[:, 5:]).doubt == "few_prompts", "seven S_L and forty S_Q"
    assert mean_interval([length, [math.nan] * 12]).mean is None


def test_the_error_of_two_halves_that_share_prompts_is_that_of_resamples() -> None:
    random = np.random.default_rng(4)
    length = random.normal(70, 20, 300)
    rows = np.array([length, 0.7 * length + random.normal(0, 8, 300)])
    rows[1, random.random(300) < 0.4] = np.nan
    drawn = rows[:, random.integers(0, 300, (2000, 300))]  # a prompt brings both of its halves
    error = np.nanmean(drawn, axis=2).mean(axis=0).std()
    estimate = mean_interval(rows)
    assert estimate.high is not None and estimate.high - estimate.mean == pytest.approx(1.97 * error, rel=0.06)


@pytest.mark.parametrize(("ones", "prompts"), [(0, 8), (3, 20), (20, 20), (59, 60)])
def test_shares_are_those_of_wilson(ones: int, prompts: int) -> None:
    expected = scipy.stats.binomtest(ones, prompts).proportion_ci(0.95, "wilson")
    share = share_interval([1.0] * ones + [0.0] * (prompts - ones))
    assert share[:4] == (pytest.approx(ones / prompts), *(pytest.approx(end, abs=1e-12) for end in expected), prompts)
    assert share_interval([1.0] * 7) == (1, None, None, 7, "few_prompts", 0)
    assert share_interval([]).mean is None


def test_percentiles_are_those_of_scipy() -> None:
    values = np.random.default_rng(5).normal(60, 20, 17)
    settings = {"n_resamples": 2000, "vectorized": True, "method": "percentile"}
    expected = scipy.stats.bootstrap((values,), np.mean, **settings, rng=np.random.default_rng(7))
    ends = percentile_interval(expected.bootstrap_distribution)
    assert tuple(ends) == pytest.approx(tuple(expected.confidence_interval), abs=1e-12)
    assert np.isnan(percentile_interval(np.array([1.0, math.nan, 2.0]))).all()


def test_who_leads_at_the_bounds_of_p_and_of_prompts() -> None:
    apart = np.array([1.0, -1, 2, -2, 1, -1, 3, -3])
    best = np.linspace(40.0, 60.0, 8)

    def leading(*behind: float, prompts: int = 8) -> list[bool | None]:
        values = {"best": best} | {str(n): best - apart - each for n, each in enumerate(behind)}
        return list(leaders({model: of_model[None, :prompts] for model, of_model in values.items()}).values())

    first, second = (scipy.stats.ttest_1samp(apart + each, 0).pvalue for each in (1.7, 1.75))
    assert 0.0575 > first > 0.05 > second > 0.025
    assert leading(1.7) == [True, True] and leading(1.75) == [True, False]
    assert leading(1.75, 1.75) == [True, True, True], "two tests, so that each must be under 0.025"
    assert leading(9.0, prompts=7) == [None, None]


def test_only_those_that_can_be_tested_count_as_tests() -> None:
    best = np.full((1, 12), np.nan)
    best[0, :8] = np.linspace(40.0, 60.0, 8)
    near, elsewhere = best - 1.75, np.full((1, 12), 30.0)
    near[0, :8] -= [1, -1, 2, -2, 1, -1, 3, -3]
    elsewhere[0, :4] = np.nan
    shown = leaders({"best": best, "near": near, "always behind": best - 3, "elsewhere": elsewhere})
    assert shown == {"best": True, "near": False, "always behind": False, "elsewhere": None}
