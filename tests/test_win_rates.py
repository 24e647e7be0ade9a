"""Bradley–Terry win rates, against a second implementation and against what can be worked out by hand."""

from __future__ import annotations

import evalica
import numpy as np
import pytest
from scipy import stats
from scipy.optimize import minimize

from longhand.results.win_rates import win_rate_rows


def of(scores: list[list[float]] | np.ndarray, seed: int = 42) -> list[dict]:
    table = np.array(scores, dtype=float)
    return win_rate_rows([f"m{i}" for i in range(len(table))], table, seed)


def likelihood_strengths(scores: np.ndarray) -> np.ndarray:
    """The same strengths by Newton's method on the likelihood, with half a win and half a loss added to each pair."""
    models = len(scores)
    wins = np.full((models, models), 0.5)
    for prompt in scores.T:
        for i in range(models):
            for j in range(models):
                if i != j and prompt[i] == prompt[i] and prompt[j] == prompt[j]:
                    wins[i, j] += 1.0 if prompt[i] > prompt[j] else 0.5 if prompt[i] == prompt[j] else 0.0
    np.fill_diagonal(wins, 0)

    def loss(logs: np.ndarray) -> float:
        return float(np.sum(wins * np.log1p(np.exp(logs[None, :] - logs[:, None]))) + np.sum(logs) ** 2)

    strengths: np.ndarray = np.exp(minimize(loss, np.zeros(models), method="BFGS", options={"gtol": 1e-9}).x)
    return strengths


@pytest.mark.parametrize("models", [2, 3, 7])
def test_strengths_are_those_of_greatest_likelihood(models: int) -> None:
    rng = np.random.default_rng(models)
    scores = np.round(rng.normal(np.arange(models)[:, None], 2.0, (models, 40)))  # whole numbers: many ties
    scores[rng.uniform(size=scores.shape) < 0.2] = np.nan
    expected = likelihood_strengths(scores)
    assert sum(row["ties"] for row in of(scores)) > 5
    for number, row in enumerate(of(scores)):
        assert row["strength"] == pytest.approx(expected[number], rel=1e-5)
        chances = [expected[number] / (expected[number] + other) for other in np.delete(expected, number)]
        assert row["win_rate"] == pytest.approx(100 * np.mean(chances), abs=1e-3)
        assert row["low"] < row["win_rate"] < row["high"]


def test_a_model_that_wins_everything_leaves_the_others_their_places() -> None:
    """`evalica` alone gives 1e-6 to all of them."""
    best, middle, last = [9.0] * 10, [5.0] * 6 + [1.0] * 4, [3.0] * 10
    pairs = [(0, 1)] * 10 + [(0, 2)] * 10 + [(1, 2)] * 6 + [(2, 1)] * 4
    alone = evalica.bradley_terry([a for a, _ in pairs], [b for _, b in pairs], [evalica.Winner.X] * len(pairs))
    assert max(alone.scores) == pytest.approx(1e-6)
    rows = of([best, middle, last])
    assert [row["wins"] for row in rows] == [20, 6, 4] and [row["losses"] for row in rows] == [0, 14, 16]
    assert rows[0]["strength"] > 5 * rows[1]["strength"] > 5 * rows[2]["strength"] > 0.1
    assert rows[0]["win_rate"] == pytest.approx(100 * 10.5 / 11)  # against each of the others, half a loss is added
    assert (rows[0]["low"], rows[0]["high"], rows[0]["doubt"]) == (None, None, "all_equal")
    assert rows[1]["doubt"] is None and rows[1]["low"] < rows[1]["win_rate"] < rows[1]["high"]


def test_two_models_are_worked_out_by_hand() -> None:
    first, second = of([[2.0] * 30 + [1.0] * 10, [1.0] * 30 + [1.0] * 4 + [3.0] * 6])
    assert (first["wins"], first["losses"], first["ties"], first["n_prompts"]) == (30, 6, 4, 40)
    assert first["win_rate"] == pytest.approx(100 * (30 + 2 + 0.5) / 41)
    assert second["win_rate"] == pytest.approx(100 - first["win_rate"])
    assert first["strength"] * second["strength"] == pytest.approx(1)


def test_intervals_are_those_of_resampled_prompts() -> None:
    scores = np.array([[1.0] * 28 + [0.0] * 12, [0.5] * 40])
    (row, other) = of(scores)
    ends = [100 * (stats.binom.ppf(end, 40, 28 / 40) + 0.5) / 41 for end in (0.025, 0.975)]
    assert [row["low"], row["high"]] == pytest.approx(ends, abs=100 / 41 + 0.1)  # a resample more or less
    assert [other["low"], other["high"]] == pytest.approx([100 - row["high"], 100 - row["low"]])
    assert of(scores)[0] == row and of(scores, seed=1)[0]["win_rate"] == row["win_rate"]
    many = of(np.tile(scores, 9))[0]
    assert many["high"] - many["low"] < (row["high"] - row["low"]) / 2


def test_an_interval_is_of_student_with_the_variance_of_the_prompts() -> None:
    """Of two models the rate is (wins + 1/2) / (prompts + 1), so its standard error is known without resampling."""
    wins = np.array([1.0, 0] * 5)
    error = 100 * 10 / 11 * stats.sem(wins)
    rows = [of([wins, 1 - wins], seed)[0] for seed in range(30)]
    widths = [(row["high"] - row["low"]) / 2 for row in rows]  # a standard error of 500 resamples is off by 3%
    assert np.mean(widths) == pytest.approx(stats.t(9).ppf(0.975) * error, rel=0.01)


def test_few_wins_or_losses_make_no_interval() -> None:
    def doubt(won: int, tied: int, lost: int) -> str | None:
        row = of([[2.0] * won + [1] * tied + [0] * lost, [1.0] * (won + tied + lost)])[0]
        assert (row["low"] is None) == (row["doubt"] is not None)
        return row["doubt"]

    assert doubt(15, 0, 5) is None and doubt(5, 0, 15) is None and doubt(15, 2, 4) is None
    assert doubt(15, 0, 4) == doubt(4, 0, 15) == doubt(15, 1, 4) == "one_sided"
    assert doubt(15, 0, 0) == "all_equal" and doubt(3, 1, 3) == "few_prompts"


def test_the_order_of_models_and_a_change_of_sides_change_nothing_else() -> None:
    rng = np.random.default_rng(5)
    scores = np.round(rng.normal([[0.0], [1.0], [2.0]], 2.0, (3, 30)))
    rows, turned, worst = of(scores), of(scores[::-1]), of(-scores)
    for row, same, opposite in zip(rows, turned[::-1], worst, strict=True):
        assert same["win_rate"] == pytest.approx(row["win_rate"])
        assert opposite["win_rate"] == pytest.approx(100 - row["win_rate"])
        assert (opposite["wins"], opposite["losses"]) == (row["losses"], row["wins"])
    assert rows[0]["win_rate"] < rows[1]["win_rate"] < rows[2]["win_rate"]


def test_equal_means_are_ties_whatever_their_last_digits() -> None:
    first, _ = of([[0.1 + 0.2] * 8, [0.3] * 8])
    assert (first["ties"], first["wins"], first["win_rate"], first["doubt"]) == (8, 0, 50.0, "all_equal")


def test_a_prompt_counts_where_two_models_have_a_score() -> None:
    nan = float("nan")
    rows = of([[1.0, 2.0, nan, 4.0], [2.0, 1.0, 3.0, nan], [nan, nan, nan, nan]])
    assert [row["n_prompts"] for row in rows[:2]] == [2, 2] and [row["model"] for row in rows] == ["m0", "m1"]
    assert {row["doubt"] for row in rows} == {"few_prompts"} and rows[0]["low"] is None
    assert of([[1.0, nan], [nan, 2.0]]) == []
