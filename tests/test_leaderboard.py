"""Numbers of the leaderboard that say how far its means can be trusted: prompts, doubts, leaders, unread verdicts."""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Mapping
from typing import Any

import pandas as pd
import pytest
import scipy.stats

from longhand.results.leaderboard import leaderboard_rows
from longhand.results.remarks import doubt, unread_bounds
from longhand.tables.score_tables import LEADERBOARD, SCORES

Board = dict[tuple[str, str], dict[str, Any]]


def scored(
    prompt: int, sample: int, length: float | None, quality: float | None, unread: str = "unparsed", **columns: Any
) -> dict[str, Any]:
    """A row of scores; an even prompt requires 100 words, an odd one 1,000."""
    required = 1000 if prompt % 2 else 100
    row = dict.fromkeys(SCORES.names) | {"prompt_id": f"p{prompt}", "sample": sample, "judge": "j", "status": "ok"}
    row |= {"judge_status": "ok" if quality is not None else unread, "language": "en", "words": 90}
    row |= {"required": required, "range": "[500,2000)" if prompt % 2 else "[0,500)"}
    return row | {"score_l": length, "score_q": quality} | columns


def board(models: Mapping[str, list[dict[str, Any]]], missing: str = "exclude") -> Board:
    """Rows by model and slice."""
    tables = [(model, pd.DataFrame(rows)) for model, rows in models.items()]
    rows = leaderboard_rows("d", tables, {"j": []}, missing=missing, prices={}, judge_prices={})
    assert all(set(row) == set(LEADERBOARD.names) for row in rows)
    return {(row["model"], row["slice"]): row for row in rows}


def leading(rows_by_model: Board, metric: str, label: str = "all") -> dict[str, bool | None]:
    return {model: row[f"{metric}_leads"] for (model, slice_), row in rows_by_model.items() if slice_ == label}


def around(level: float, prompts: int = 20, by: float = 6.0, seed: int = 0) -> list[dict[str, Any]]:
    """S_L and S_Q around a level, S_Q ten points lower."""
    draws = random.Random(f"{level}/{seed}")
    return [scored(n, 0, draws.gauss(level, by), draws.gauss(level - 10, by)) for n in range(prompts)]


def test_every_mean_has_the_interval_and_the_number_of_its_own_prompts() -> None:
    """Repeats are in the scores; samples are averaged by prompt, then prompts. Nothing is taken from another column."""
    rows = [*around(70, 12, seed=1), *around(80, 12, seed=2), *around(40, 3, seed=3)]
    rows = [row | {"sample": number} for number, row in enumerate(rows)]
    for row in rows[:24:4]:
        row["score_q"] = None
    overall = board({"m": rows})["m", "all"]
    by_prompt: dict[str, dict[str, list[float]]] = {"score_l": {}, "score_q": {}}
    for row in rows:
        for metric, of_prompts in by_prompt.items():
            if row[metric] is not None:
                of_prompts.setdefault(row["prompt_id"], []).append(row[metric])
    for metric, of_prompts in by_prompt.items():
        means = [statistics.mean(values) for values in of_prompts.values()]
        expected = scipy.stats.ttest_1samp(means, 0).confidence_interval(0.95)
        assert overall[metric] == pytest.approx(statistics.mean(means))
        assert (overall[f"{metric}_low"], overall[f"{metric}_high"]) == pytest.approx(tuple(expected))
        assert overall[f"n_prompts_{metric}"] == len(means)
    assert (overall["n"], overall["n_scored_l"], overall["n_scored_q"]) == (27, 27, 21)
    assert (overall["n_prompts_score_l"], overall["n_prompts_score_q"], overall["n_prompts_score"]) == (12, 10, 10)
    assert overall["score"] == pytest.approx((overall["score_l"] + overall["score_q"]) / 2)
    assert overall["score_low"] < overall["score"] < overall["score_high"]


def test_why_a_mean_has_no_interval() -> None:
    rows = [scored(n, 0, 90 + n % 3, 75.0) for n in range(20)]
    rows[0]["score_l"] = rows[1]["score_l"] = 0.0
    rows_by_model = board({"m": rows})
    whole, short = rows_by_model["m", "all"], rows_by_model["m", "[0,500)"]
    assert [whole[f"{metric}_doubt"] for metric in ("score_l", "score_q", "score")] == [
        *("few_zeros", "all_equal", "few_zeros")
    ]
    assert (whole["n_zeros_score_l"], whole["n_zeros_score_q"], whole["n_zeros_score"]) == (2, 0, 2)
    assert all(whole[f"{metric}_{end}"] is None for metric in ("score_l", "score_q") for end in ("low", "high"))
    assert (short["n_prompts_score_l"], short["score_l_doubt"], short["n_zeros_score_l"]) == (10, "few_zeros", 1)
    few = board({"m": around(60, 14)})["m", "[500,2000)"]
    assert (few["n_prompts_score"], few["score_doubt"], few["score_low"]) == (7, "few_prompts", None)
    assert few["score"] is not None


def test_every_count_is_of_its_own_column() -> None:
    """No two of these counts are equal, so that none can stand for another."""
    rows = [scored(n, 0, None if n < 7 else 80.0, 70.0, words=100 + n * n) for n in range(20)]
    for n, row in enumerate(rows):
        row["required"] = None if n < 4 else row["required"]
        row |= {"closed": n >= 5, "other_language": n < 6, "loop_onset": 9 if n < 8 else None}
        row["status"] = "truncated" if n < 9 else "empty" if n < 11 else "ok"
    rows[19]["status"] = "failed"
    whole = board({"m": rows})["m", "all"]
    expected = {"n_without_length": 4, "n_without_rule": 3, "n_unclosed": 5, "n_other_language": 6, "n_looped": 8}
    expected |= {"n_truncated": 9, "n": 20, "n_answered": 17, "n_scored_l": 13, "n_scored_q": 20}
    assert {name: whole[name] for name in expected} == expected
    words = [100 + n * n for n in range(19)]
    assert (whole["words_median"], whole["words_max"]) == (statistics.median(words), max(words))
    assert whole["words_mean"] == pytest.approx(statistics.mean(words))


def test_tokens_and_costs_are_each_of_their_own() -> None:
    tokens = {"prompt_tokens": 2, "completion_tokens": 30, "judge_prompt_tokens": 400, "judge_completion_tokens": 5000}
    table = pd.DataFrame([scored(n, 0, 80.0, 70.0, **tokens) for n in range(10)])
    prices = {"prices": {"m": {"input": 1.0, "output": 10.0}}, "judge_prices": {"j": {"input": 100.0, "output": 7.0}}}
    row = leaderboard_rows("d", [("m", table)], {"j": []}, missing="exclude", **prices)[0]
    assert {name: row[name] for name in tokens} == {name: 10 * number for name, number in tokens.items()}
    assert (row["cost"], row["judge_cost"]) == pytest.approx((3020e-6, (4000 * 100 + 50000 * 7) / 1e6))
    prices["judge_prices"]["j"] |= {"batch_input": 50.0, "batch_output": 3.0}
    table.loc[table.index < 4, ["judge_batch_prompt_tokens", "judge_batch_completion_tokens"]] = 390, 4900
    row = leaderboard_rows("d", [("m", table)], {"j": []}, missing="exclude", **prices)[0]
    live, in_batches = (4000 - 1560) * 100 + (50000 - 19600) * 7, 1560 * 50 + 19600 * 3
    assert (row["cost"], row["judge_cost"]) == pytest.approx((3020e-6, (live + in_batches) / 1e6))


# ---- leaders


def test_leaders_are_all_that_cannot_be_told_apart_from_the_best() -> None:
    rows_by_model = board({"low": around(40), "one": around(70, seed=3), "two": around(70, seed=5)})
    for metric in ("score", "score_l", "score_q"):
        assert leading(rows_by_model, metric) == {"low": False, "one": True, "two": True}
    assert leading(board({"low": around(40), "high": around(70)}), "score_l") == {"low": False, "high": True}
    assert leading(board({"alone": around(40)}), "score_l") == {"alone": None}, "there is no other"


def test_metrics_and_slices_have_their_own_leaders() -> None:
    long, short = around(60), around(60, seed=1)
    for row in long:
        row["score_l"] += 30 if row["required"] == 1000 else 0
        row["score_q"] -= 20
    rows_by_model = board({"long": long, "short": short})
    assert leading(rows_by_model, "score_l", "[500,2000)") == {"long": True, "short": False}
    assert leading(rows_by_model, "score_l", "[0,500)") == {"long": True, "short": True}
    assert leading(rows_by_model, "score_q", "[500,2000)") == {"long": False, "short": True}


def test_models_are_held_against_each_other_on_the_prompts_of_both() -> None:
    """Prompts differ by far more than the two models do: only in pairs can these be told apart."""
    draws = random.Random(1)
    hard = [draws.uniform(20, 80) for _ in range(20)]
    first = [scored(n, 0, value + 5 + draws.gauss(0, 1), None) for n, value in enumerate(hard)]
    second = [scored(n, 0, value + draws.gauss(0, 1), None) for n, value in enumerate(hard)]
    rows_by_model = board({"first": first, "second": second})
    assert rows_by_model["second", "all"]["score_l_high"] > rows_by_model["first", "all"]["score_l"]
    assert leading(rows_by_model, "score_l") == {"first": True, "second": False}
    easy = max(range(20), key=lambda n: hard[n])
    luckier = board({"first": first, "second": second, "few": [second[easy]]})
    assert luckier["few", "all"]["score_l"] > luckier["first", "all"]["score_l"]
    assert leading(luckier, "score_l") == {"first": True, "second": False, "few": None}, "one prompt is no rank"


def test_nobody_leads_where_no_two_models_share_prompts() -> None:
    halves = board({"one": around(40)[:12], "two": [row | {"prompt_id": f"x{row['prompt_id']}"} for row in around(70)]})
    assert leading(halves, "score_l") == {"one": None, "two": None}


def test_a_mean_that_easy_prompts_made_beats_nobody() -> None:
    """The best mean is of the easy half; on these prompts the other model is better."""
    easy = [scored(n, 0, 80.0 + n % 5, None) for n in range(12)]
    other = [row | {"score_l": row["score_l"] + 4 + index % 2} for index, row in enumerate(easy)]
    other += [scored(n, 0, 20.0 + n % 3, None) for n in range(12, 24)]
    rows_by_model = board({"easy": easy, "other": other})
    assert rows_by_model["easy", "all"]["score_l"] > rows_by_model["other", "all"]["score_l"]
    assert leading(rows_by_model, "score_l") == {"easy": True, "other": True}


def test_many_equal_models_lead_together() -> None:
    """Among 21 models the best is five points ahead of some by chance: one test alone would call that sure."""
    models = {str(seed): around(60, seed=seed) for seed in range(21)}
    flags = leading(board(models), "score_l")
    means = {model: [row["score_l"] for row in rows] for model, rows in models.items()}
    best = max(means, key=lambda model: statistics.mean(means[model]))
    alone = [scipy.stats.ttest_rel(means[best], of_model).pvalue for of_model in means.values()]
    assert sum(p < 0.05 for p in alone) > 2 and all(flags.values())


def test_equal_scores_lead_together_and_constant_differences_are_seen() -> None:
    assert leading(board({"a": around(60), "b": around(60)}), "score_l") == {"a": True, "b": True}
    flat = {"a": [scored(n, 0, 75.0, 50.0) for n in range(9)], "b": [scored(n, 0, 50.0, 50.0) for n in range(9)]}
    assert leading(board(flat), "score_l") == {"a": True, "b": False}
    assert leading(board(flat), "score_q") == {"a": True, "b": True}


# ---- unread verdicts


UNREAD = [
    scored(0, 0, 80.0, 60.0),
    scored(0, 1, 60.0, None),
    scored(1, 0, 40.0, 30.0),
    scored(2, 0, 90.0, None, "out_of_scale"),
    scored(3, 0, None, None, "no_response", status="failed"),
    scored(4, 0, 0.0, None, "no_response", status="empty"),
    scored(5, 0, 70.0, None, "no_statements"),
]


@pytest.mark.parametrize(
    ("missing", "mean", "quality", "score"),
    [
        # S_Q by prompt: 60 and the unread one, 30, unread, unread; the empty one and no_statements are none of these.
        ("exclude", 45, ((30 + 30 + 0 + 0) / 4, (80 + 30 + 100 + 100) / 4), (70 + 40 + 90 + 0 + 70) / 5),
        ("neutral", (55 + 30 + 4 * 50) / 6, ((30 + 30 + 100) / 6, (80 + 30 + 300) / 6), (70 + 40 + 90 + 0 + 70) / 5),
        # S_L of the rows that are in with a verdict: all but the empty one and no_statements.
        ("drop", 45, ((30 + 30 + 0 + 0) / 4, (80 + 30 + 100 + 100) / 4), (70 + 40 + 90) / 3),
    ],
)
def test_what_unread_verdicts_could_make_of_a_mean(
    missing: str, mean: float, quality: tuple[float, float], score: float
) -> None:
    row = board({"m": UNREAD}, missing)["m", "all"]
    assert (row["n_unread"], row["n_no_statements"], row["score_q"]) == (3, 1, pytest.approx(mean))
    assert (row["score_q_worst"], row["score_q_best"]) == pytest.approx(quality)
    assert (row["score_worst"], row["score_best"]) == pytest.approx([(score + each) / 2 for each in quality])


def test_where_all_is_read_or_nothing_is_judged() -> None:
    read = board({"m": around(60)})["m", "all"]
    assert read["n_unread"] == 0 and read["score_q_worst"] == read["score_q_best"] == read["score_q"]
    assert read["score_worst"] == read["score_best"] == read["score"]
    unjudged = [row | {"judge": None, "judge_status": None, "score_q": None} for row in around(60)]
    nothing = board({"m": unjudged})["m", "all"]
    assert (nothing["n_unread"], nothing["score_q_worst"], nothing["score_best"]) == (0, None, None)
    assert not math.isnan(nothing["score_l"]) and nothing["n_prompts_score_q"] == 0


# ---- in sentences


def test_doubts_and_unread_verdicts_are_worded_with_their_counts() -> None:
    rows = [scored(n, 0, 90 + n % 3, 75.0) for n in range(20)]
    rows[0]["score_l"] = rows[1]["score_l"] = 0.0
    overall = board({"m": rows})["m", "all"]
    assert doubt(overall, "score_l") == "no interval: 2 of 20 prompts have 0, and these make the mean"
    assert doubt(overall, "score_q") == "no interval: all 20 prompts have the same score"
    few = board({"m": around(60, 14)})
    assert doubt(few["m", "[500,2000)"], "score") == "no interval: 7 prompts, under 8"
    assert doubt(few["m", "all"], "score") is None and unread_bounds(few["m", "all"]) is None
    lacking = board({"m": UNREAD})["m", "all"]
    assert unread_bounds(lacking) == (
        "3 responses without a readable verdict: if all scored 0, S_Q 15.0, S̄ 34.5; if all scored 100, S_Q 77.5, S̄ 65.8"
    )
