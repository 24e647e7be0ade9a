"""The line between two judges: by hand, in a hostile world, and whether its intervals hold."""

from __future__ import annotations

import numpy as np
import pytest
from bench.succession import CASES, SYSTEMS, WORLDS, Numbers, World, case, covered, lines, scores_of
from scipy import stats

from longhand.results.succession import Bridge, bridge, bridged

PROMPTS = 12


def test_the_interval_of_a_bridged_mean_holds_what_the_old_judge_would_give() -> None:
    worlds = {name: WORLDS[name] for name in ("even noise", "uneven noise")}
    print("\n", *lines(worlds), sep="\n")
    for name, world in worlds.items():
        held = {(n, repeats): covered(world, n, repeats) for n in SYSTEMS for repeats in (1, 2)}
        assert all(184 <= number <= 196 for number in held.values()), (name, held)


def test_the_slope_is_that_of_the_judges_although_systems_are_alike() -> None:
    """Texts and noise make two fifths of the variance of means: without correction the slope would be under 0.6."""
    slopes, flat = [], []
    for number in range(60):
        old, new, _ = scores_of(np.random.default_rng(number), World(systems=5, favours=0, noise=14), 23, 1)
        line = bridge(old[:, :20], new[:, :20])
        if line.slope is not None:
            slopes.append(line.slope)
            flat.append(stats.linregress(new[:, :20].mean(axis=1), old[:, :20].mean(axis=1)).slope)
    assert len(slopes) > 20
    assert abs(np.median(slopes) - 0.8) < 0.06 < 0.15 < 0.8 - np.median(flat)


def with_means(means: list[float], seed: int = 0) -> Numbers:
    """Scores with these means: a system's texts go up and down around it, other than another's."""
    texts = np.random.default_rng(seed).normal(0, 5, (len(means), PROMPTS))
    return np.array(means)[:, None] + texts - texts.mean(axis=1, keepdims=True)


def by_hand(old: Numbers, new: Numbers) -> tuple[float, float, float]:
    """Slope, intercept and reliability, in loops and without numpy's means."""
    systems, prompts = len(old), len(old[0])

    def mean(numbers: list[float]) -> float:
        return sum(numbers) / len(numbers)

    def left_over(scores: Numbers, s: int, p: int) -> float:
        whole = mean([float(x) for row in scores for x in row])
        return float(scores[s][p]) - mean(list(scores[s])) - mean([row[p] for row in scores]) + whole

    y, x = [mean(list(row)) for row in old], [mean(list(row)) for row in new]
    cells = [(s, p) for s in range(systems) for p in range(prompts)]
    freedom = (systems - 1) * (prompts - 1)
    noise = sum(left_over(new, s, p) ** 2 for s, p in cells) / freedom / prompts
    shared = sum(left_over(new, s, p) * left_over(old, s, p) for s, p in cells) / freedom / prompts
    var = sum((one - mean(x)) ** 2 for one in x) / (systems - 1)
    cov = sum((one - mean(x)) * (other - mean(y)) for one, other in zip(x, y, strict=True)) / (systems - 1)
    slope = (cov - shared) / (var - noise)
    return slope, mean(y) - slope * mean(x), 1 - noise / var


OLD, NEW = with_means([40, 47, 49, 61, 70, 66], 1), with_means([30, 42, 45, 50, 66, 71], 2)


def test_a_line_by_hand() -> None:
    line = bridge(OLD, NEW)
    assert (line.slope, line.intercept, line.reliability) == pytest.approx(by_hand(OLD, NEW))
    assert line.old == pytest.approx([40, 47, 49, 61, 70, 66]) and line.new == pytest.approx([30, 42, 45, 50, 66, 71])
    assert line.errors is not None and line.variance is not None and not line.exploratory
    shares = []
    for out in range(6):
        slope, intercept, _ = by_hand(np.delete(OLD, out, 0), np.delete(NEW, out, 0))
        error = OLD[out].mean() - intercept - slope * NEW[out].mean()
        assert line.errors[out] == pytest.approx(error)
        others = np.delete(NEW, out, 0).mean(axis=1)
        place = 1 + 1 / 5 + (NEW[out].mean() - others.mean()) ** 2 / (4 * others.var(ddof=1))
        shares.append(error**2 / place)
    assert line.variance == pytest.approx(sum(shares) / 6)


def test_a_bridged_mean_by_hand() -> None:
    line = bridge(OLD, NEW)
    assert None not in (line.slope, line.intercept, line.variance, line.noise, line.prompt_noise)
    estimate = bridged(line, 58, 2.5)
    x = np.array([30, 42, 45, 50, 66, 71])
    another = line.variance * (1 + 1 / 6 + (58 - x.mean()) ** 2 / np.sum((x - x.mean()) ** 2)) - line.noise
    error = (another + line.prompt_noise + (line.slope * 2.5) ** 2) ** 0.5
    middle = line.intercept + line.slope * 58
    assert estimate == pytest.approx((middle, middle - stats.t(4).ppf(0.975) * error, middle + 2.7764451 * error))


def test_the_draw_of_the_prompts_counts() -> None:
    """What the old judge makes of a prompt, for all systems alike, moves the line: no left-out system shows it."""
    tastes = np.linspace(-15, 15, PROMPTS)
    line, plain = bridge(OLD + tastes, NEW), bridge(OLD, NEW)
    assert line.slope == pytest.approx(plain.slope) and line.variance == pytest.approx(plain.variance)
    assert line.prompt_noise is not None and line.noise is not None and line.slope is not None
    by_prompt = [sum(OLD[s][p] + tastes[p] - line.slope * NEW[s][p] for s in range(6)) / 6 for p in range(PROMPTS)]
    middle = sum(by_prompt) / PROMPTS
    variance = sum((one - middle) ** 2 for one in by_prompt) / (PROMPTS - 1)
    assert line.prompt_noise == pytest.approx(variance / PROMPTS - line.noise / 6) and line.prompt_noise > 1
    wide, narrow = bridged(line, 58, 2.5), bridged(plain, 58, 2.5)
    assert wide is not None and narrow is not None and plain.prompt_noise is not None
    squares = [((one.high - one.low) / 2 / 2.7764451) ** 2 for one in (wide, narrow)]
    assert squares[0] - squares[1] == pytest.approx(line.prompt_noise - plain.prompt_noise)


def test_with_error_free_verdicts_it_is_least_squares() -> None:
    """The prediction interval of the textbook, where texts add nothing: statsmodels, by hand."""
    x, y = np.array([20.0, 35, 50, 62, 80]), np.array([31.0, 36, 52, 55, 73])
    old, new = np.repeat(y[:, None], 8, 1), np.repeat(x[:, None], 8, 1)
    line, fit = bridge(old, new), stats.linregress(x, y)
    assert (line.slope, line.intercept, line.reliability) == pytest.approx((fit.slope, fit.intercept, 1))
    residuals = y - fit.intercept - fit.slope * x
    leverage = 1 / 5 + (x - x.mean()) ** 2 / np.sum((x - x.mean()) ** 2)
    assert line.errors == pytest.approx(residuals / (1 - leverage)), "what is left out of least squares"
    assert not line.exploratory, "five systems are enough"


def test_an_interval_ends_where_the_scale_does() -> None:
    few = bridge(OLD[:3], NEW[:3])
    lowest, highest = bridged(few, 1, 3), bridged(few, 99, 3)
    assert few.exploratory and lowest is not None and highest is not None
    assert lowest.low == 0 and highest.high == 100


def nothing(line: Bridge, doubt: str) -> bool:
    return line.doubt == doubt and line.slope is None and line.errors is None and bridged(line, 50, 1) is None


def test_what_is_no_line() -> None:
    assert nothing(bridge(OLD[:0], NEW[:0]), "few_prompts")
    assert nothing(bridge(OLD * np.nan, NEW), "few_prompts")
    assert nothing(bridge(OLD[:, :7], NEW[:, :7]), "few_prompts")
    assert nothing(bridge(OLD[:1], NEW[:1]), "few_systems")
    assert nothing(bridge(OLD[:2], NEW[:2]), "few_systems")
    assert nothing(bridge(OLD, np.full_like(NEW, 70.0)), "systems_alike")
    assert nothing(bridge(OLD, with_means([50.0, 50.1, 50, 49.9, 50, 50])), "systems_alike")


def test_an_old_judge_that_gives_all_the_same_says_so() -> None:
    line = bridge(np.full_like(OLD, 80.0), NEW)
    assert bridged(line, 50, 3) == pytest.approx((80, 80, 80)) and line.slope == pytest.approx(0)


def test_nobody_in_common() -> None:
    old, new = OLD.copy(), NEW.copy()
    old[:, :6], new[:, 6:] = np.nan, np.nan
    assert nothing(bridge(old, new), "few_prompts")


def test_a_system_under_two_names_counts_once() -> None:
    again = [0, 1, 2, 3, 4, 5, 2]
    line, once = bridge(OLD[again], NEW[again]), bridge(OLD, NEW)
    assert line.systems == (0, 1, 2, 3, 4, 5) and line.twice == (6,)
    assert (line.slope, line.variance) == (once.slope, once.variance)


def test_a_system_with_few_texts_is_left_out() -> None:
    old, once = OLD.copy(), bridge(OLD[1:], NEW[1:])
    old[0, 7:] = np.nan
    line = bridge(old, NEW)
    assert line.systems == (1, 2, 3, 4, 5) and (line.slope, line.variance) == (once.slope, once.variance)


def test_a_system_that_lacks_the_hard_prompts_stands_no_higher() -> None:
    """Prompt and system add up here, so that what is missing is known."""
    hard = np.where(np.arange(PROMPTS) < 4, -20.0, 10)
    old, new = (np.array(means)[:, None] + hard for means in ([40.0, 50, 65, 70], [35.0, 55, 60, 75]))
    whole = bridge(old, new)
    old[1, :4] = np.nan
    line = bridge(old, new)
    assert line.old == pytest.approx(whole.old) and line.new == pytest.approx(whole.new)
    assert line.slope == pytest.approx(whole.slope)


def test_means_of_fewer_texts_have_more_noise() -> None:
    """Of the prompts each system has about a quarter, by chance: the noise of its mean is four times as large."""
    random = np.random.default_rng(3)
    old, new, _ = scores_of(random, World(), 12, repeats=1)
    has = random.random(new.shape) < 0.25
    whole, part = bridge(old, new), bridge(np.where(has, old, np.nan), new)
    assert whole.noise is not None and part.noise is not None
    assert part.noise == pytest.approx(4 * whole.noise, rel=0.25)


def test_refused_cases_are_left_out_of_the_count() -> None:
    estimates = [case(number, World(), 5, 1).estimate for number in range(40)]
    assert 2 < sum(estimate is None for estimate in estimates) < 20 and CASES == 200
