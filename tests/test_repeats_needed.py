"""How many repeats would show a difference, on made data with known parts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from longhand.results.comparison import comparison_rows, judged_values, pairs_of
from longhand.results.repeats import Repeats, repeats_needed, repeats_of
from longhand.results.statistics import Spread

PROMPTS, JUDGE_NOISE, OF_PROMPTS = 400, 12.0, 3.0


def verdicts_of(means: np.ndarray, repeats: int, samples: int, rng: np.random.Generator) -> pd.DataFrame:
    """Of two dimensions, each with a noise whose mean has a deviation of JUDGE_NOISE."""
    return pd.DataFrame(
        {"prompt_id": f"p{i}", "sample": sample, "repeat": repeat, "dimension": name}
        | {"weight": None, "score_100": mean + rng.normal(0, JUDGE_NOISE * np.sqrt(2))}
        for i, mean in enumerate(means)
        for sample in range(samples)
        for repeat in range(repeats)
        for name in ("Wit", "Depth")
    )


def scores_of(verdicts: pd.DataFrame) -> pd.DataFrame:
    rows = verdicts.groupby(["prompt_id", "sample"], sort=False)["score_100"].mean().rename("score_q").reset_index()
    about = {"judge": "j", "range": None, "language": "en", "category": None, "constraint": None, "required": 100}
    return rows.assign(score_l=50.0, **about)


def compared(repeats: int, samples: int, gap: float, of_prompts: float = OF_PROMPTS) -> dict[str, dict]:
    rng = np.random.default_rng(7)
    means = [60 + shift + rng.normal(0, of_prompts / np.sqrt(2), PROMPTS) for shift in (gap, 0.0)]
    verdicts = {name: verdicts_of(mean, repeats, samples, rng) for name, mean in zip("ab", means, strict=True)}
    scores = {name: scores_of(table) for name, table in verdicts.items()}
    (judged,) = judged_values(scores, {"j": []}, "exclude", {"j": verdicts})
    rows = comparison_rows(["a", "b"], pairs_of(["a", "b"], {}), judged)
    return {row["metric"]: row for row in rows if row["slice"] == "all"}


@pytest.mark.parametrize(("repeats", "samples"), [(2, 1), (2, 2), (3, 1)])
def test_the_part_of_repeats_is_recovered(repeats: int, samples: int) -> None:
    rng = np.random.default_rng(3)
    verdicts = {"a": verdicts_of(60 + rng.normal(0, 20, PROMPTS), repeats, samples, rng)}
    prompts = [f"p{i}" for i in range(PROMPTS)]
    part = repeats_of(verdicts, ["a", "gone"], [*prompts, "unknown"])
    assert part and part.number == repeats
    assert np.nanmean(part.variance[0]) == pytest.approx(JUDGE_NOISE**2 / (repeats * samples), rel=0.15)
    assert np.isnan(part.variance[1]).all() and np.isnan(part.variance[0, -1])


def test_criteria_count_by_their_weights() -> None:
    """Two repeats that lie 10 apart in the criterion with three quarters of the weight: 7.5 in S_Q."""
    keys = {"prompt_id": "p", "sample": 0}
    rows = [
        keys | {"repeat": repeat, "dimension": place, "weight": weight, "score_100": 40.0 + 10 * repeat * (weight == 3)}
        for repeat in (0, 1)
        for place, weight in (("1", 3.0), ("2", 1.0))
    ]
    part = repeats_of({"a": pd.DataFrame(rows)}, ["a"], ["p"])
    assert part and part.variance[0, 0] == pytest.approx(7.5**2 / 2 / 2)


def test_so_many_repeats_show_the_difference() -> None:
    """By the formula of noise parts, and by asking so often."""
    row = compared(2, 1, 1.0)["score_q"]
    of_prompts = row["deviation"] ** 2 - 2 * JUDGE_NOISE**2 / 2
    expected = 2 * JUDGE_NOISE**2 / (PROMPTS * (row["difference"] / 2.8016) ** 2 - of_prompts)
    assert row["repeats"] == 2 < row["repeats_needed"] == pytest.approx(expected, rel=0.3, abs=1)
    again = compared(row["repeats_needed"], 1, row["difference"])["score_q"]
    assert again["detectable"] == pytest.approx(abs(row["difference"]), rel=0.15)


@pytest.mark.parametrize(("share", "difference", "needed"), [(0.5, 1.2, 6), (1.0, 1.2, 4), (0.5, 1.1, np.inf)])
def test_so_many_repeats_by_hand(share: float, difference: float, needed: float) -> None:
    """Three repeats make 16 of the variance of a prompt's difference, where both models have them: with share 1/2 it is
    4. 100 · (1.2 / 2.8016)² = 18.35 may be left of 20.25, so that repeats may make 2.10: 3 · 4 / 2.10 = 5.7."""
    nothing = np.zeros(1)
    of = Spread(np.array([difference]), np.array([0.45]), np.array([100]), nothing.astype(int), nothing)
    first, second = np.array([[6.0, *[np.nan] * 4]]), np.array([[10, 4, 4, 4, np.nan]])
    assert repeats_needed(of, Repeats(3, np.vstack([first, second])), first, second, share) == [needed]


def test_no_number_of_repeats_stands_for_more_prompts() -> None:
    rows = compared(2, 1, 0.4, of_prompts=12.0)
    assert rows["score_q"]["repeats_needed"] is None and rows["score_q"]["prompts_needed"] > PROMPTS
    assert rows["score_l"]["repeats_needed"] is None and rows["score_l"]["doubt"] == "all_equal"


def test_half_of_the_noise_is_in_the_mean_of_both_scores() -> None:
    rows = compared(3, 1, 1.5)
    assert rows["score"]["repeats_needed"] == rows["score_q"]["repeats_needed"] > 0
    assert rows["score"]["difference"] == pytest.approx(rows["score_q"]["difference"] / 2)


def test_with_one_repeat_nobody_knows() -> None:
    rows = compared(1, 2, 0.7)
    assert {(row["repeats"], row["repeats_needed"]) for row in rows.values()} == {(None, None)}
    assert rows["score_q"]["prompts_needed"] > 8
