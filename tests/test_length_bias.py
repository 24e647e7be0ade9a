"""Length bias: taken back from made data, and against dummies and least squares written out."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from longhand.results.doubts import FEW_PROMPTS
from longhand.results.length_bias import ONE_LENGTH, ONE_TEXT, length_bias, length_bias_rows
from longhand.tables.agreement_tables import LENGTH_BIAS

MEANS = [60.0, 66.0, 52.0]
RATIOS = [0.5, 1.0, 1.9]
"""Median of written words over required words, of each model."""


def made(
    seed: int, slope: float = 6.0, prompts: int = 60, samples: int = 1, lost: float = 0.0, noise: float = 5.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Scores that gain `slope` points per doubling: score, ratio and the codes of model and prompt."""
    rng = np.random.default_rng(seed)
    shape = (3, prompts, samples)
    # The harder a prompt, the longer all write, too: what a slope without prompts would take for bias.
    hardness = rng.normal(0, 8, (1, prompts, 1))
    logs = np.log2(RATIOS)[:, None, None] + rng.normal(0, 0.3, shape) - hardness / 20
    scores = np.array(MEANS)[:, None, None] + hardness + slope * logs + rng.normal(0, noise, shape)
    kept = rng.random(shape) >= lost
    codes = [place[kept] for place in np.indices(shape)[:2]]
    return scores[kept], 2 ** logs[kept], codes[0], np.unique(codes[1], return_inverse=True)[1]


def by_dummies(scores, ratios, models, prompts, measure) -> np.ndarray:
    """Coefficients of least squares with a column for each model and each prompt but one, the measure first."""
    columns = [measure, *(models == m for m in np.unique(models)), *(prompts == p for p in np.unique(prompts)[1:])]
    weights = [1 / np.sum((models == m) & (prompts == p)) for m, p in zip(models, prompts, strict=True)]
    roots = np.sqrt(weights)
    return np.linalg.lstsq(np.column_stack(columns) * roots[:, None], scores * roots, rcond=None)[0]


def standardized(ratios: np.ndarray) -> tuple[np.ndarray, float]:
    logs = [math.log(ratio) for ratio in ratios]
    centre = sum(logs) / len(logs)
    spread = math.sqrt(sum((each - centre) ** 2 for each in logs) / len(logs))
    return np.array([math.tanh((each - centre) / spread) for each in logs]), math.tanh(-centre / spread)


@pytest.mark.parametrize(("seed", "samples", "lost"), [(1, 1, 0.0), (2, 1, 0.2), (3, 3, 0.3)])
def test_it_is_least_squares_with_a_column_for_each_model_and_prompt(seed: int, samples: int, lost: float) -> None:
    scores, ratios, models, prompts = made(seed, prompts=20, samples=samples, lost=lost)
    bias = length_bias(scores, ratios, models, prompts)
    assert bias.slope.mean == pytest.approx(by_dummies(scores, ratios, models, prompts, np.log2(ratios))[0])
    tamed, required = standardized(ratios)
    fit = by_dummies(scores, ratios, models, prompts, tamed)
    effects = [0, *fit[4:]]
    for number, model in enumerate(bias.models):
        mine = np.unique(prompts[models == number])
        of_prompts = [scores[(models == number) & (prompts == p)].mean() for p in mine]
        assert model.raw == pytest.approx(np.mean(of_prompts))
        at_length = fit[1 + number] + np.mean([effects[p] for p in mine]) + fit[0] * required
        assert model.at_length.mean == pytest.approx(at_length) and model.at_length.n == len(mine)


def test_the_bias_comes_back_and_prompts_are_not_taken_for_it() -> None:
    drawn = [length_bias(*made(seed)) for seed in range(200)]
    assert np.mean([bias.slope.mean for bias in drawn]) == pytest.approx(6, abs=0.35)
    held = [bias.slope.low < 6 < bias.slope.high for bias in drawn]
    assert 0.91 <= np.mean(held) <= 0.985
    scores, ratios, models, prompts = made(1)
    assert abs(np.polyfit(np.log2(ratios), scores, 1)[0] - 6) > 3, "or prompts would not matter"


def bent(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Scores that go with length as the fit takes it, by 8 points from the middle to either side."""
    scores, *others = made(seed, slope=0)
    tamed, required = standardized(others[0])
    return (scores + 8 * (tamed - required), *others)


def test_with_length_held_fixed_models_are_what_they_were_made_as() -> None:
    drawn = [length_bias(*bent(seed)).models for seed in range(300)]
    for number, (expected, moved) in enumerate(zip(MEANS, (-5.8, 0, 5.3), strict=True)):
        of_model = [models[number] for models in drawn]
        assert np.mean([each.raw for each in of_model]) == pytest.approx(expected + moved, abs=0.3)
        assert np.mean([each.at_length.mean for each in of_model]) == pytest.approx(expected, abs=0.4)
        held = [each.at_length.low < expected < each.at_length.high for each in of_model]
        assert 0.91 <= np.mean(held) <= 0.98


def test_without_a_bias_nothing_is_held_fixed() -> None:
    drawn = [length_bias(*made(seed, slope=0.0)) for seed in range(100)]
    assert np.mean([bias.slope.mean for bias in drawn]) == pytest.approx(0, abs=0.25)
    shifts = [model.at_length.mean - model.raw for bias in drawn for model in bias.models]
    assert np.mean(shifts) == pytest.approx(0, abs=0.2)


def test_the_errors_are_those_of_leaving_out_prompts() -> None:
    scores, ratios, models, prompts = made(5, prompts=40, samples=2, lost=0.1)
    bias = length_bias(scores, ratios, models, prompts)
    tamed, required = standardized(ratios)
    slopes, means = [], []
    for left_out in range(40):
        rest = prompts != left_out
        one = scores[rest], ratios[rest], models[rest], prompts[rest]
        slopes.append(by_dummies(*one, np.log2(ratios[rest]))[0])
        fit = by_dummies(*one, tamed[rest])
        effects = dict(zip(np.unique(prompts[rest]), [0, *fit[4:]], strict=True))
        mine = np.unique(prompts[rest & (models == 0)])
        means.append(fit[1] + np.mean([effects[p] for p in mine]) + fit[0] * required)
    for estimate, left in ((bias.slope, slopes), (bias.models[0].at_length, means)):
        error = (39 / 40 * np.sum((np.array(left) - np.mean(left)) ** 2)) ** 0.5
        assert (estimate.high - estimate.low) / 2 / 2.0227 == pytest.approx(error, rel=0.12)


def test_intervals_are_of_what_each_prompt_adds() -> None:
    """To a mean: what its texts are off the mean. To the slope: weighted products of the residuals. Both move a mean
    that is read elsewhere."""
    scores, ratios, models, prompts = made(5, prompts=12, samples=2, lost=0.1)
    bias, numbers, (tamed, required) = length_bias(scores, ratios, models, prompts), range(12), standardized(ratios)
    weights = np.array([1 / np.sum((models == m) & (prompts == p)) for m, p in zip(models, prompts, strict=True)])
    roots, dummies = (
        np.sqrt(weights),
        np.column_stack([*(models == m for m in range(3)), *(prompts == p for p in numbers)]),
    )

    def residuals(column: np.ndarray) -> np.ndarray:
        return column - dummies @ np.linalg.lstsq(dummies * roots[:, None], column * roots, rcond=None)[0]

    def of_slope(measure: np.ndarray) -> tuple[float, np.ndarray]:
        free, rest = residuals(measure), residuals(scores)
        slope = np.sum(weights * free * rest) / np.sum(weights * free**2)
        products = weights * free * (rest - slope * free) / np.sum(weights * free**2)
        return slope, np.array([np.sum(products[prompts == p]) for p in numbers])

    def reach(parts: np.ndarray, n: int) -> float:
        return float(stats.t(n - 1).ppf(0.975) * np.sqrt(np.sum(parts**2) * n / (n - 1)))

    assert (bias.slope.high - bias.slope.low) / 2 == pytest.approx(reach(of_slope(np.log2(ratios))[1], 12))
    slope, added = of_slope(tamed)
    for number, model in enumerate(bias.models):
        texts = [(models == number) & (prompts == p) for p in numbers]
        n = sum(each.any() for each in texts)
        moved = [np.mean((scores - slope * (tamed - required))[each]) if each.any() else np.nan for each in texts]
        apart = np.nanmean([tamed[each].mean() for each in texts if each.any()]) - required
        parts = np.nan_to_num(np.array(moved) - np.nanmean(moved)) / n - apart * added
        assert (model.at_length.high - model.at_length.low) / 2 == pytest.approx(reach(parts, n))


def scored(rows: list[tuple[str, str, float | None, int, int | None]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["model", "prompt_id", "score_q", "words", "required"])


def test_rows_say_where_a_model_has_no_text_near_the_required_length() -> None:
    rows = []
    for prompt in range(10):
        odd = prompt % 2
        rows += [("near", f"p{prompt}", 60.0 + prompt % 3, 900 + 300 * odd, 1000)]
        rows += [("far", f"p{prompt}", 70.0 - prompt % 4, 2100 + 40 * prompt, 1000)]
    rows += [("near", "unread", None, 100, 1000), ("far", "any length", 10.0, 100, None), ("far", "empty", 9.0, 0, 5)]
    near, far = length_bias_rows(scored(rows))
    assert set(near) == set(LENGTH_BIAS.names) - {"dataset", "judge"}
    assert (near["model"], near["extrapolated"], near["n_near"], near["n_prompts"]) == ("near", False, 10, 10)
    assert (far["model"], far["extrapolated"], far["n_near"], far["ratio"]) == ("far", True, 0, 2.28)
    assert (near["score_q"], far["score_q"]) == pytest.approx((60.9, 68.7))
    assert (near["slope"], near["slope_low"]) == (far["slope"], far["slope_low"]) and near["slope_doubt"] is None
    assert near["low"] < near["score_q_at_length"] < near["high"]
    assert near["slope_low"] < near["slope"] < near["slope_high"]


def test_bounds_of_near() -> None:
    words = [799, 800, 1250, 1251]
    rows = [("m", f"p{n}", 50.0 + n, each, 1000) for n, each in enumerate(words)]
    (row,) = length_bias_rows(scored(rows))
    assert row["n_near"] == 2


def test_what_cannot_be_measured_says_why() -> None:
    assert list(length_bias_rows(scored([]))) == []
    assert list(length_bias_rows(scored([("m", "p", None, 10, 100)]))) == []
    alone = list(length_bias_rows(scored([("m", f"p{n}", 50.0 + n, 100 + n, 100) for n in range(12)])))
    assert [row["score_q_at_length"] for row in alone] == [None] and alone[0]["score_q"] == 55.5
    assert alone[0]["doubt"] == alone[0]["slope_doubt"] == ONE_TEXT, "one text a prompt compares with nothing"
    pair = [(m, f"p{n}", 50.0 + n, 100, 100) for n in range(12) for m in ("a", "b")]
    assert {row["doubt"] for row in length_bias_rows(scored(pair))} == {ONE_LENGTH}
    few = [(m, f"p{n}", 50.0 + n * k, 100 + 9 * n * k, 100) for n in range(5) for k, m in enumerate("ab")]
    for row in length_bias_rows(scored(few)):
        assert row["score_q_at_length"] is not None and row["low"] is None and row["doubt"] == FEW_PROMPTS
    equal = [(m, f"p{n}", 50.0, 100 + 9 * n * k, 100) for n in range(12) for k, m in enumerate("ab")]
    for row in length_bias_rows(scored(equal)):
        assert (row["slope"], row["slope_low"], row["slope_doubt"]) == (pytest.approx(0), None, "all_equal")
