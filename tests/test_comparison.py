"""Every two models on the same prompts, against scipy's tests and numbers worked out apart."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pytest
from scipy.stats import nct, permutation_test, t, ttest_rel

from longhand.results.comparison import comparison_rows, judged_values, pairs_of, rates_by_metric
from longhand.results.prompt_means import evaluated, slices

NAN = float("nan")


def scores(values: Mapping[str, float], judge: str | None = "j", **columns: object) -> pd.DataFrame:
    """One sample per prompt, 100 to 1,000 words required."""
    rows = [
        {"prompt_id": name, "sample": 0, "judge": judge, "language": "en", "category": "a story", "constraint": None}
        | {"range": "[0,500)" if i % 2 else "[500,1500)", "required": 100 if i % 2 else 1000}
        | {"score_l": value, "score_q": 50.0}
        | columns
        for i, (name, value) in enumerate(values.items())
    ]
    return pd.DataFrame(rows).astype({"score_l": float, "score_q": float})


def numbered(values: Sequence[float] | np.ndarray, **columns: object) -> pd.DataFrame:
    return scores({f"p{i}": float(value) for i, value in enumerate(values)}, **columns)


def compared(
    models: Mapping[str, pd.DataFrame],
    made_of: Mapping[str, str] | None = None,
    missing: str = "exclude",
    dimensions: Mapping[str, Sequence[str]] | None = None,
) -> dict[tuple[str, ...], dict]:
    """By slice (of a category with `of` before it), metric, model and other."""
    judges = {"j": []} if dimensions is None else dimensions
    names = list(models)
    rows = [
        row
        for judged in judged_values(models, judges, missing)
        for row in comparison_rows(names, pairs_of(names, made_of or {}), judged)
    ]
    labels = [f"of {row['slice']}" if row["slice_kind"] == "category" else row["slice"] for row in rows]
    keys = [(label, row["metric"], row["model"], row["other"]) for label, row in zip(labels, rows, strict=True)]
    assert len(set(keys)) == len(keys)
    return dict(zip(keys, rows, strict=True))


def test_intervals_and_p_are_those_of_the_paired_t_test() -> None:
    rng = np.random.default_rng(1)
    first = rng.uniform(20, 80, 40)
    second = first - rng.normal(2.0, 6.0, 40)
    row = compared({"a": numbered(first), "b": numbered(second)})["all", "score_l", "a", "b"]
    expected = ttest_rel(first, second)
    assert row["p"] == pytest.approx(expected.pvalue)
    assert [row["low"], row["high"]] == pytest.approx(list(expected.confidence_interval(0.95)))
    assert row["difference"] == pytest.approx(np.mean(first - second)) and row["n_prompts"] == 40
    assert (row["mean_model"], row["mean_other"]) == pytest.approx((first.mean(), second.mean()))
    assert row["deviation"] == pytest.approx(np.std(first - second, ddof=1)) and row["doubt"] is None
    flips = permutation_test(
        (first - second,), np.mean, permutation_type="samples", n_resamples=4000, rng=np.random.default_rng(2)
    )
    assert row["p"] == pytest.approx(flips.pvalue, abs=0.02)
    mirrored = compared({"b": numbered(second), "a": numbered(first)})["all", "score_l", "b", "a"]
    assert (mirrored["difference"], mirrored["low"]) == pytest.approx((-row["difference"], -row["high"]))


def test_lengths_and_quality_are_not_taken_for_each_other() -> None:
    first = numbered([10.0, 20.0] * 5, score_q=70.0)
    second = numbered([40.0, 90.0] * 5, score_q=30.0)
    rows = compared({"a": first, "b": second})
    assert rows["all", "score_l", "a", "b"]["difference"] == pytest.approx(-50)
    assert rows["all", "score_q", "a", "b"]["difference"] == pytest.approx(40)
    assert rows["all", "score", "a", "b"]["difference"] == pytest.approx(-5)
    assert rows["all", "score", "a", "b"]["mean_model"] == pytest.approx((15 + 70) / 2)
    judged = list(judged_values({"a": first, "b": second}, {"j": []}, "exclude"))
    rates = {(row["metric"], row["model"]): row["win_rate"] for row in rates_by_metric(["a", "b"], judged[0], 42)}
    assert rates["score_q", "a"] > 90 > 10 > rates["score_l", "a"]
    assert rates["score", "a"] == pytest.approx(50)  # 42.5 - 40 = +5 on every second prompt, -15 on the others


def test_each_pair_is_there_once_and_a_trained_model_before_its_base() -> None:
    models = {name: numbered(np.arange(9.0) + i) for i, name in enumerate(["base", "other", "tuned"])}
    rows = compared(models, {"tuned": "base"})
    pairs = [(row["model"], row["other"], row["trained"]) for key, row in rows.items() if key[:2] == ("all", "score_l")]
    assert pairs == [("base", "other", False), ("tuned", "base", True), ("other", "tuned", False)]
    assert rows["all", "score_l", "tuned", "base"]["difference"] == 2.0
    assert [pair[:2] for pair in pairs_of(["a", "b"], {"a": "b", "b": "gone"})] == [(0, 1)]
    assert pairs_of(["alone"], {}) == []


def test_only_prompts_of_both_count() -> None:
    first = scores({"a": 10.0, "b": 20.0, "gone": 90.0, "unscored": NAN})
    second = scores({"b": 14.0, "a": 8.0, "new": 0.0, "unscored": 3.0})
    row = compared({"x": first, "y": second})["all", "score_l", "x", "y"]
    assert (row["n_prompts"], row["mean_model"], row["mean_other"], row["difference"]) == (2, 15.0, 11.0, 4.0)
    assert (row["doubt"], row["low"], row["p"], row["detectable"]) == ("few_prompts", None, None, None)


@pytest.mark.parametrize(("n", "sure"), [(7, False), (8, True)])
def test_under_eight_prompts_there_is_no_interval(n: int, sure: bool) -> None:
    row = compared({"a": numbered(np.arange(n) + 1.0), "b": numbered(np.arange(n) * 1.1)})["all", "score_l", "a", "b"]
    assert row["difference"] == pytest.approx(1 - 0.1 * (n - 1) / 2) and row["deviation"] > 0
    assert (row["doubt"], row["low"] is not None) == ((None, True) if sure else ("few_prompts", False))


def test_equal_differences_are_in_doubt() -> None:
    rng = np.random.default_rng(3)
    values = rng.uniform(10, 90, 30)
    for shift in (0.0, 4.0):
        row = compared({"a": numbered(values + shift), "b": numbered(values)})["all", "score_l", "a", "b"]
        assert row["difference"] == pytest.approx(shift)
        assert (row["doubt"], row["low"], row["p"], row["prompts_needed"]) == ("all_equal", None, None, None)


@pytest.mark.parametrize(("zeros", "n", "doubt"), [(1, 30, None), (4, 60, "few_zeros"), (6, 60, None)])
def test_a_few_zeros_make_no_difference_sure(zeros: int, n: int, doubt: str | None) -> None:
    """One of 30 leaves 0 in the interval, 4 of 60 would not, and 6 are no longer few."""
    steady = 80 + np.sin(np.arange(n))
    fallen = np.where(np.arange(n) < zeros, 0.0, steady + 0.1 * np.cos(np.arange(n)))
    row = compared({"a": numbered(steady), "b": numbered(fallen)})["all", "score_l", "a", "b"]
    low, high = ttest_rel(steady, fallen).confidence_interval(0.95)
    assert (row["doubt"], row["difference"] > 2) == (doubt, True)
    assert (row["low"], row["high"]) == ((None, None) if doubt else pytest.approx((low, high)))
    assert (low > 0) == (zeros > 1)


def test_samples_are_averaged_first_and_the_mean_score_is_that_of_both() -> None:
    first = pd.concat([scores({"a": 10.0, "b": 10.0}), scores({"a": 30.0, "b": 30.0})])
    rows = compared({"x": first, "y": scores({"a": 40.0, "b": 20.0})})
    assert rows["all", "score_l", "x", "y"]["mean_model"] == 20.0
    assert rows["all", "score", "x", "y"]["difference"] == pytest.approx((-10.0 + 0.0) / 2)


def test_unread_verdicts_count_as_on_the_leaderboard() -> None:
    first, second = scores({"a": 1.0, "b": 2.0}), scores({"a": 1.0, "b": 2.0})
    second.loc[0, "score_q"] = NAN

    def n(missing: str, metric: str) -> int:
        return int(compared({"x": first, "y": second}, missing=missing)["all", metric, "x", "y"]["n_prompts"])

    assert [n(missing, "score_q") for missing in ("exclude", "neutral", "drop")] == [1, 2, 1]
    assert [n(missing, "score_l") for missing in ("exclude", "neutral", "drop")] == [2, 2, 1]


def test_kinds_of_prompts_are_compared_apart() -> None:
    rng = np.random.default_rng(4)
    kinds = {"language": ["en", "en", "zh"] * 10, "constraint": ["about", "range", "below"] * 10}
    values = [rng.uniform(0, 100, 30) for _ in range(2)]
    rows = compared({name: numbered(v).assign(**kinds) for name, v in zip("ab", values, strict=True)})
    places = np.arange(30)
    expected = {
        "all": places >= 0,
        "[0,500)": places % 2 == 1,
        "[500,1500)": places % 2 == 0,
        "en": places % 3 < 2,
        "zh": places % 3 == 2,
        "about": places % 3 == 0,
        "below": places % 3 == 2,
        "range": places % 3 == 1,
        "of a story": places >= 0,
    }
    assert {key[0] for key in rows} == expected.keys()
    for label, where in expected.items():
        row = rows[label, "score_l", "a", "b"]
        assert row["difference"] == pytest.approx(np.mean((values[0] - values[1])[where]))
        assert (row["n_prompts"], row["guard"], row["trained"]) == (where.sum(), False, False)


def test_short_ranges_are_always_there_for_a_trained_model() -> None:
    """And for no other; a category that is named like one is none."""
    values = {name: numbered(np.arange(12.0) * i, category="[0,500)") for i, name in enumerate(["base", "new", "c"], 1)}
    rows = compared(values, {"new": "base"})
    ranges = [key[0] for key, row in rows.items() if key[1] == "score_l" and row["slice_kind"] == "range"]
    assert list(dict.fromkeys(ranges)) == ["[0,500)", "[500,1500)", "[500,2000)"], "ours, and the two always compared"
    assert [key[2:] for key in rows if key[:2] == ("[500,2000)", "score_l")] == [("new", "base")]
    row = rows["[500,2000)", "score_l", "new", "base"]
    assert (row["n_prompts"], row["guard"], row["difference"]) == (6, True, 5.0)
    long = {name: numbered([1.0, 2.0], required=9000, range="[4000,∞)") for name in ("base", "new", "c")}
    rows = compared(long, {"new": "base"})
    assert rows["[0,500)", "score_l", "new", "base"]["n_prompts"] == 0
    assert [key[2:] for key in rows if key[:2] == ("[0,500)", "score_l")] == [("new", "base")]


def test_dimensions_are_compared_over_all_prompts_where_a_judge_has_several() -> None:
    first = numbered([50.0] * 9).assign(Clarity=np.arange(9) * 10.0, Depth=20.0)
    second = numbered([50.0] * 9).assign(Clarity=np.arange(9) * 8.0, Depth=60.0)
    rows = compared({"a": first, "b": second}, dimensions={"j": ["Clarity", "Depth"]})
    assert rows["all", "Depth", "a", "b"]["difference"] == -40.0
    assert rows["all", "Clarity", "a", "b"]["difference"] == pytest.approx(8.0)
    assert {key[0] for key in rows if key[1] == "Depth"} == {"all"}
    assert {key[1] for key in compared({"a": first, "b": second}, dimensions={"j": ["Depth"]})} == {
        "score",
        "score_l",
        "score_q",
    }


def test_judges_stand_apart_and_without_one_lengths_are_compared() -> None:
    first = pd.concat([numbered([1.0] * 8, score_q=30.0), numbered([1.0] * 8, judge="k", score_q=60.0)])
    second = pd.concat([numbered([2.0] * 8, score_q=40.0), numbered([2.0] * 8, judge="k", score_q=40.0)])
    judged = list(judged_values({"a": first, "b": second}, {"k": [], "j": [], "asked of no one": []}, "exclude"))
    rows = [row for each in judged for row in comparison_rows(["a", "b"], pairs_of(["a", "b"], {}), each)]
    whole = {(row["judge"], row["metric"]): row["difference"] for row in rows if row["slice"] == "all"}
    assert (whole["k", "score_q"], whole["j", "score_q"], whole["j", "score_l"]) == (20.0, -10.0, -1.0)
    rows = list(compared({"a": first, "b": second}, dimensions={}).values())
    assert {(row["judge"], row["metric"], row["n_prompts"]) for row in rows if row["slice"] == "all"} == {
        (None, "score_l", 8)
    }
    assert {row["difference"] for row in rows} == {-1.0}


@pytest.mark.parametrize("n", [8, 12, 26, 120])
def test_what_is_detectable_shows_in_eighty_of_a_hundred(n: int) -> None:
    """By the noncentral t distribution, which the code does not use."""
    rng = np.random.default_rng(n)
    row = compared({"a": numbered(rng.uniform(0, 100, n)), "b": numbered(rng.uniform(0, 100, n))})[
        "all", "score_l", "a", "b"
    ]

    def power(prompts: int, difference: float) -> float:
        size = difference / row["deviation"] * np.sqrt(prompts)
        edge = t.ppf(0.975, prompts - 1)
        return float(nct.sf(edge, prompts - 1, size) + nct.cdf(-edge, prompts - 1, size))

    assert power(n, row["detectable"]) == pytest.approx(0.8, abs=0.02)
    needed, seen = row["prompts_needed"], abs(row["difference"])
    assert power(needed, seen) >= 0.795 and power(needed - 2, seen) < 0.805
    if n == 120:
        assert row["detectable"] == pytest.approx(2.8 * row["deviation"] / np.sqrt(n), rel=0.015)


def test_forty_models_are_compared_in_seconds() -> None:
    rng = np.random.default_rng(6)
    kinds = {"category": [f"c{i % 8}" for i in range(240)], "language": ["en", "zh"] * 120}
    models = {
        f"m{i}": numbered(rng.uniform(0, 100, 240)).assign(score_q=rng.uniform(0, 100, 240), **kinds) for i in range(40)
    }
    start = time.process_time()
    rows = compared(models)
    assert len(rows) == 780 * (1 + 2 + 2 + 8) * 3
    assert time.process_time() - start < 10


def test_bounds_of_the_short_ranges() -> None:
    rows = pd.DataFrame({"range": "[0,∞)", "required": [1, 499, 500, 1999, 2000]})
    parts = {part.label: part.rows["required"].tolist() for part in slices(rows, guarded=True)}
    whole = rows["required"].tolist()
    assert parts == {"all": whole, "[0,∞)": whole, "[0,500)": [1, 499], "[500,2000)": [500, 1999]}


def test_what_others_judged_for_training_data_is_as_if_nobody_had() -> None:
    table = scores({"p": 40.0, "q": 60.0}, judge="training", judge_status="ok", score=55.0, Clarity=70.0, words=900)
    table = pd.concat([table, table.assign(judge="another")])
    rows = evaluated(table, ["j"])
    assert rows["prompt_id"].tolist() == ["p", "q"], "each response once"
    assert rows[["judge", "judge_status", "score_q", "score", "Clarity"]].isna().all(axis=None)
    assert rows["score_l"].tolist() == [40, 60] and rows["words"].tolist() == [900, 900]
