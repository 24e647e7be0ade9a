"""Ways of judging, held against a reference: correlations, shifts, pairs, intervals and what each costs."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pytest
import scipy.stats

from longhand.results.judge_modes import (
    ANSWER,
    Judged,
    best_and_worst,
    calls_of_traces,
    calls_of_verdicts,
    costs,
    mode_rows,
)
from longhand.results.quality import mean_quality
from longhand.results.rank_correlation import grouped_spearman, spearman
from longhand.tables.files import Row
from longhand.tables.score_tables import JUDGE_MODES

GRADES = ("helpfulness", "logicality", "faithfulness", "completeness")
CALLED = ["role", "repeat", "request_id", "calls", "prompt_tokens", "completion_tokens"]


def verdicts(
    reward: Callable[[int, int, int], float | None], prompts: int = 20, samples: int = 10, repeats: int = 1
) -> pd.DataFrame:
    """Judgements whose reward of (prompt, sample, repeat) on 0-100 is known; None: one grade of the four is missing."""
    rows = []
    for prompt in range(prompts):
        for sample in range(samples):
            for repeat in range(repeats):
                known = reward(prompt, sample, repeat)
                for number, dimension in enumerate(GRADES):
                    value = 50.0 if known is None else known + (number - 1.5) * 2
                    value = None if known is None and dimension == "faithfulness" else value
                    rows.append(
                        {"prompt_id": f"p{prompt:03}", "model": 0, "sample": sample, "repeat": repeat}
                        | {"dimension": dimension, "weight": None, "score_100": value}
                    )
    return pd.DataFrame(rows).astype({"score_100": float})


def scores_of(rows: pd.DataFrame) -> pd.DataFrame:
    """S_Q by answer, a column per repeat."""
    return mean_quality(rows, [*ANSWER, "repeat"]).unstack("repeat")


def calls(*rows: Sequence[object]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=CALLED).astype({"repeat": float})


def modes(*judged: pd.DataFrame, seed: int = 42) -> list[Row]:
    rows = [Judged(f"judge-{number}", scores_of(one), calls(), {}) for number, one in enumerate(judged)]
    return list(mode_rows(rows, seed))


# ---- rank correlations


@pytest.mark.parametrize("ties", [3, 1000])
def test_correlations_are_scipys(ties: int) -> None:
    rng = np.random.default_rng(ties)
    first, second = rng.integers(0, ties, (2, 200)).astype(float)
    assert spearman(first, second) == pytest.approx(scipy.stats.spearmanr(first, second).statistic, abs=1e-12)
    assert spearman(first, -first) == pytest.approx(-1) and spearman(first, first**3) == pytest.approx(1)


def test_a_correlation_by_hand() -> None:
    # Ranks 1, 2.5, 2.5, 4 and 2, 1, 3, 4: covariance 3, variances 4.5 and 5.
    assert spearman(np.array([1.0, 5, 5, 9]), np.array([20.0, 10, 30, 40])) == pytest.approx(3 / 22.5**0.5)
    assert np.isnan(spearman(np.array([1.0, 1, 1]), np.array([1.0, 2, 3])))


def test_the_interval_of_a_correlation_is_of_whole_groups() -> None:
    rng = np.random.default_rng(5)
    groups = np.repeat(np.arange(30), 10)
    level = np.repeat(rng.normal(0, 1, 30), 10)
    first, second = (level + rng.normal(0, 0.05, 300) for _ in range(2))
    estimate = grouped_spearman(first, second, groups, 1)
    expected = []
    for _ in range(400):  # the same computed apart: draw groups, put their values together, ask SciPy
        drawn = np.concatenate([np.flatnonzero(groups == group) for group in rng.integers(0, 30, 30)])
        expected.append(scipy.stats.spearmanr(first[drawn], second[drawn]).statistic)
    assert estimate.mean == pytest.approx(scipy.stats.spearmanr(first, second).statistic)
    assert (estimate.low, estimate.high) == pytest.approx(tuple(np.percentile(expected, [2.5, 97.5])), abs=0.01)
    assert grouped_spearman(first, first, groups, 1)[:3] == pytest.approx((1, 1, 1))
    assert grouped_spearman(first[:70], second[:70], groups[:70], 1)[1:5] == (None, None, 7, "few_prompts")


# ---- rewards and pairs


def test_criteria_count_by_their_weights() -> None:
    keys = {"prompt_id": "p", "model": 0, "sample": 0}
    given = [(0, "1", 3.0, 100.0), (0, "2", 1.0, 0.0), (1, "1", 3.0, 20.0), (1, "2", 1.0, None)]
    rows = [keys | {"repeat": r, "dimension": d, "weight": w, "score_100": s} for r, d, w, s in given]
    scores = scores_of(pd.DataFrame(rows))
    assert scores.loc[("p", 0, 0), 0] == 75.0 and np.isnan(scores.loc[("p", 0, 0), 1])


def test_a_reward_is_the_mean_of_four_grades_and_never_of_three() -> None:
    rewards = scores_of(verdicts(lambda p, s, r: None if s == 1 else 10.0 * s + r, prompts=1, samples=3, repeats=2))
    assert rewards.loc[("p000", 0, 2)].tolist() == [20.0, 21.0]
    assert rewards.loc[("p000", 0, 1)].isna().all()


def test_equal_means_of_different_grades_are_equal_rewards() -> None:
    # Added up in these orders, sevenths make sums that differ in the last digit. Columns are in the order of names.
    names = sorted(GRADES)
    grades = {0: [0, 100 / 7, 200 / 7, 300 / 7], 1: [0, 100 / 7, 300 / 7, 200 / 7]}
    keys = {"prompt_id": "p", "model": 0, "repeat": 0, "weight": None}
    rows = [
        keys | {"sample": sample, "dimension": name, "score_100": score}
        for sample, scores in grades.items()
        for name, score in zip(names, scores, strict=True)
    ]
    assert best_and_worst(scores_of(pd.DataFrame(rows))[0].to_numpy()) is None


@pytest.mark.parametrize(
    ("rewards", "pair"),
    [
        ([3, 9, 1, 9, 1], (1, 4)),  # of equals the first is chosen, the last rejected
        ([np.nan, 5, 7], (2, 1)),
        ([5, 5, 5], None),
        ([np.nan, 5], None),
        ([np.nan, np.nan], None),
    ],
)
def test_pairs_are_the_best_against_the_worst(rewards: list[float], pair: tuple[int, int] | None) -> None:
    assert best_and_worst(np.array(rewards, float)) == pair


# ---- what the table finds


def noisy(seed: int, spread: float, shift: float = 0.0) -> Callable[[int, int, int], float]:
    """Rewards of 30, 34, 38 … by sample, with noise of its own, and a shift."""
    return lambda p, s, r: 30 + 4 * s + shift + random.Random(f"{seed}/{p}/{s}/{r}").gauss(0, spread)


def test_the_same_rewards_are_the_same() -> None:
    first, second = modes(verdicts(noisy(1, 5)), verdicts(noisy(1, 5)))
    for row in (first, second):
        assert row["rank_within"] == row["rank_all_low"] == pytest.approx(1)
        assert (row["shift"], row["shift_low"]) == (0, None), "differences that are all equal have no spread"
        assert row["pairs_changed"] == row["pairs_turned"] == 0
        assert (row["pairs_changed_low"], row["pairs_turned_low"]) == (0, 0)
        assert row["pairs_changed_high"] == row["pairs_turned_high"] == pytest.approx(0.161, abs=5e-4), (
            "0 of 20, Wilson"
        )
        assert row["pairs_changed_n"] == row["rank_within_n"] == row["n_prompts"] == 20
    assert {*first, "dataset"} == set(JUDGE_MODES.names)


def test_a_shift_is_found_and_noise_is_none() -> None:
    _, again, batch, _ = modes(verdicts(noisy(1, 5), repeats=2), verdicts(noisy(2, 5, shift=6)))
    assert (again["judge"], again["repeat"]) == ("judge-0", 1)
    assert again["shift_low"] < 0 < again["shift_high"]
    assert 4.3 < batch["shift_low"] < 6 < batch["shift_high"] < 7.7
    assert abs(batch["rank_within"] - again["rank_within"]) < 0.1, "a shift changes no order"


def test_another_order_is_found_without_any_shift() -> None:
    def shuffled(p: int, s: int, r: int) -> float:
        order = list(range(10))
        random.Random(p).shuffle(order)
        return 30 + 4.0 * order[s]

    _, again, batch, _ = modes(verdicts(noisy(1, 2), repeats=2), verdicts(shuffled))
    assert batch["shift_low"] < 0 < batch["shift_high"]
    assert batch["rank_within_high"] < 0.3 < 0.9 < again["rank_within_low"]
    assert batch["pairs_changed"] > again["pairs_changed_high"]
    assert batch["pairs_turned"] > 0.2 > again["pairs_turned"]


def test_a_mode_without_replies_in_common_is_as_far_away_as_the_reference_is_from_itself() -> None:
    reference, halves = noisy(1, 5), noisy(2, 5)
    in_common = verdicts(lambda p, s, r: (reference(p, s, 0) + halves(p, s, 0)) / 2)
    _, again, first, second = modes(verdicts(reference, repeats=2), in_common)
    assert [(row["repeat"], row["against"]) for row in (again, first, second)] == [(1, 0), (0, 0), (0, 1)]
    assert first["rank_within"] > again["rank_within"] + 0.02
    assert abs(second["rank_within"] - again["rank_within"]) < 0.05


def test_unscored_answers_are_counted_and_left_out() -> None:
    # Without the best answer of every other prompt, half of the pairs are others.
    lacking = verdicts(lambda p, s, r: None if s == 9 and p % 2 else 30 + 4.0 * s)
    _, row = modes(verdicts(lambda p, s, r: 30 + 4.0 * s), lacking)
    assert (row["n_answers"], row["n_scored"], row["n_compared"]) == (200, 190, 190)
    assert (row["pairs_changed"], row["pairs_turned"], row["rank_within"]) == (0.5, 0, pytest.approx(1))
    assert row["pairs_changed_low"] == pytest.approx(0.3, abs=0.06), "of 20 prompts: 0.5 ± 1.96 · √(0.25 / 24)"
    assert row["pairs_changed_high"] == pytest.approx(0.7, abs=0.06)


def test_equal_rewards_have_no_order() -> None:
    flat = verdicts(lambda p, s, r: 50.0)
    _, row = modes(verdicts(noisy(1, 5)), flat)
    assert (row["rank_within"], row["rank_within_n"], row["rank_all"]) == (None, 0, None)
    assert (row["pairs_changed"], row["pairs_turned"], row["pairs_turned_n"]) == (1, None, 0)
    _, row = modes(flat, verdicts(noisy(1, 5)))
    assert (row["pairs_changed"], row["pairs_turned"], row["pairs_turned_n"]) == (1, 0, 20)


# ---- what each costs


def test_calls_are_those_of_traces_facts_and_vectors() -> None:
    tokens = {"prompt_tokens": 10.0, "completion_tokens": 1.0}
    call = {"role": "judge", "repeat": 1.0, "request_id": "a", "attempts": 1} | tokens
    finding = call | {"attempts": 0} | dict.fromkeys(tokens)
    facts = [
        {"request_id": "f", "attempts": 2, "embedding_tokens": 700.0, "embedding_requests": ["v1", "v2"]} | tokens,
        {"request_id": "g", "attempts": 1, "embedding_tokens": None, "embedding_requests": []} | tokens,
    ]
    table = calls_of_traces([pd.DataFrame([call, finding])], pd.DataFrame(facts))
    assert table[["role", "request_id", "calls", "prompt_tokens"]].to_numpy().tolist() == [
        ["judge", "a", 1, 10],
        ["judge", "f", 2, 10],
        ["judge", "g", 1, 10],
        ["embedder", "v1", 1, 700],
        ["embedder", "v2", 1, 0],
    ]
    assert table["repeat"].isna().tolist() == [False, True, True, True, True]


def test_calls_of_a_judge_without_traces_are_those_of_its_verdicts() -> None:
    paid = {"prompt_tokens": 40.0, "completion_tokens": 4.0}
    paid |= dict.fromkeys(("batch_prompt_tokens", "batch_completion_tokens"), 0.0)
    in_batches = {"batch_prompt_tokens": 15.0, "batch_completion_tokens": 1.0}
    rows = [
        {"repeat": 0, "requests": np.array(["a"])} | paid,
        {"repeat": 0, "requests": np.array([])} | dict.fromkeys(paid),  # what it cost stands on the first row
        # Asked again, and live: the reply of the batch could not be read.
        {"repeat": 1, "requests": np.array(["b", "c"])} | paid | in_batches,
        {"repeat": 1, "requests": None} | dict.fromkeys(paid),  # nothing was asked
    ]
    table = calls_of_verdicts(pd.DataFrame(rows))
    assert table.drop(columns=[*paid]).to_numpy().tolist() == [
        ["judge", 0, "a", 1],
        ["judge", 1, "b", 2],
    ]
    assert table["prompt_tokens"].tolist() == [40, 40]
    price = {"input": 8.0, "output": 80.0, "batch_input": 4.0, "batch_output": 40.0}
    row = costs(table, {"b"}, {"judge": price})
    live, mixed = 40 * 8 + 4 * 80, 25 * 8 + 3 * 80 + 15 * 4 + 1 * 40
    assert (row["cost"], row["cost_shared"]) == pytest.approx(((live + mixed) / 1e6, mixed / 1e6))
    assert (row["calls"], row["prompt_tokens"], row["completion_tokens_shared"]) == (3, 80, 4)


def test_calls_of_several_modes_are_paid_once() -> None:
    first = calls(
        ["judge", np.nan, "facts", 2, 1000, 100],
        ["judge", 0, "grade-0", 1, 10, 1],
        ["judge", 0, "support-0", 1, 20, 2],
        ["judge", 1, "grade-1", 1, 10, 1],
        ["judge", 1, None, 1, None, None],  # no answers came
        ["judge", 1, None, 1, None, None],
        ["judge", np.nan, "facts", 2, 1000, 100],  # of another answer to the same question
    )
    second = calls(
        ["judge", np.nan, "facts", 2, 1000, 100],
        ["judge", 0, "grade-0", 1, 10, 1],
        ["judge", 0, "support-x", 1, 40, 4],
        ["embedder", 0, "vectors", 1, 500, 0],
    )
    prices = {"judge": {"input": 1.0, "output": 10.0}, "embedder": {"input": 0.5, "output": 0.0}}
    judged = [
        Judged("a", scores_of(verdicts(noisy(1, 5), 2, 2, repeats=2)), first, prices),
        Judged("b", scores_of(verdicts(noisy(2, 5), 2, 2)), second, prices | {"embedder": None}),
        Judged("c", scores_of(verdicts(noisy(3, 5), 2, 2)), second, prices),
    ]
    rows = [row for row in mode_rows(judged, 1) if row["against"] == 0]
    alone = [(row["calls"], row["prompt_tokens"], row["completion_tokens"]) for row in rows]
    shared = [(row["calls_shared"], row["prompt_tokens_shared"], row["completion_tokens_shared"]) for row in rows]
    assert alone == [(4, 1030, 103), (5, 1010, 101), (5, 1550, 105), (5, 1550, 105)], "facts took two tries"
    assert shared == [(0, 0, 0), (2, 1000, 100), (3, 1010, 101), (5, 1550, 105)]
    usd = [(row["cost"], row["cost_shared"]) for row in rows]
    assert usd[0] == pytest.approx((0.00206, 0)) and usd[1] == pytest.approx((0.00202, 0.002))
    assert usd[2] == (None, None) and usd[3] == pytest.approx((0.00235, 0.00235))
