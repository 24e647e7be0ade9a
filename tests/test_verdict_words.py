"""The verdict in words says what the rows say, in every case; the rows stand here as they are."""

from __future__ import annotations

from typing import Any

from longhand.report.verdict import Conclusion, attention, verdict
from longhand.tables.files import Row
from longhand.tables.score_tables import LEADERBOARD


def row(model: str, mean: float | None, leads: bool | None, **others: Any) -> Row:
    """A row of the leaderboard with S̄ alone: 24 prompts, an interval of ±4."""
    counts = {name: 0 for name in LEADERBOARD.names if name.startswith("n_")}
    empty = dict.fromkeys(LEADERBOARD.names)
    interval = {} if mean is None else {"score_low": mean - 4, "score_high": mean + 4}
    made = {"dataset": "d", "model": model, "judge": "j", "slice_kind": "all", "slice": "all", "n": 24}
    made |= {"n_answered": 24, "n_judged": 24, "score": mean, "score_leads": leads, "n_prompts_score": 24}
    return empty | counts | made | interval | others


def pair(model: str, other: str, difference: float, low: float | None, high: float | None, **others: Any) -> Row:
    made = {"slice_kind": "all", "metric": "score", "model": model, "other": other, "n_prompts": 22}
    made |= {"difference": difference, "low": low, "high": high, "detectable": 4.26, "prompts_needed": 310}
    made |= {"mean_model": None, "mean_other": None}
    return made | others


def words(made: Conclusion) -> str:
    return " ".join([made.headline, *made.sentences])


def test_one_model_is_best() -> None:
    rows = [row("b", 60.0, False), row("a", 64.21, True)]
    made = verdict(rows, [pair("a", "b", 4.21, 0.44, 7.98)])
    assert made.headline == "a is best: S̄ 64.2 [60.2, 68.2] on 24 prompts."
    assert made.sentences == ["a over b, the next: +4.2 points [+0.4, +8.0] on 22 shared prompts."]


def test_a_pair_is_turned_as_it_is_needed() -> None:
    made = verdict([row("b", 60.0, False), row("a", 64.0, True)], [pair("b", "a", -4.0, -7.5, -0.5)])
    assert made.sentences == ["a over b, the next: +4.0 points [+0.5, +7.5] on 22 shared prompts."]


def test_models_that_cannot_be_told_apart_are_not_ranked() -> None:
    made = verdict([row("a", 64.2, True), row("b", 64.0, True)], [pair("a", "b", 0.2, -2.0, 2.4)])
    assert made.headline == "No model is shown to be best: a and b cannot be told apart."
    assert "a is best:" not in words(made)
    assert "+0.2 points [−2.0, +2.4] on 22 shared prompts, so it may be chance." in words(made)
    assert "can show is about 4.3 points; to show this one would take about 310 prompts." in words(made)
    third = verdict([row("a", 64.2, True), row("b", 64.0, True), row("c", 20.0, False)], [])
    assert third.headline == "a and b lead and cannot be told apart; c is behind them."


def test_too_few_prompts() -> None:
    few = {"score_low": None, "score_high": None, "score_doubt": "few_prompts", "n_prompts_score": 5}
    made = verdict([row("a", 64.2, None, **few), row("b", 50.0, None, **few)], [pair("a", "b", 14.2, None, None)])
    assert made.headline == (
        "Too few prompts to say which model is best: 5, and it takes 8. a has the highest mean, S̄ 64.2."
    )
    assert "without an interval that can be trusted" in words(made) and "a is best:" not in words(made)
    some = verdict([row("a", 64.2, True), row("b", 50.0, True), row("c", 90.0, None, **few)], [])
    assert "c: under 8 prompts, so no interval and no rank." in some.sentences


def test_a_mean_without_a_rank_is_nobody_elses() -> None:
    """It may be the highest: so few prompts may be the easy ones."""
    few = {"score_low": None, "score_high": None, "score_doubt": "few_prompts", "n_prompts_score": 5}
    rows = [row("c", 90.0, None, **few), row("a", 64.2, True), row("b", 50.0, False)]
    made = verdict(rows, [pair("c", "a", 25.0, None, None), pair("a", "b", 14.2, 9.0, 19.4)])
    assert made.headline == "a is best: S̄ 64.2 [60.2, 68.2] on 24 prompts."
    assert made.sentences == [
        "a over b, the next: +14.2 points [+9.0, +19.4] on 22 shared prompts.",
        "c: under 8 prompts, so no interval and no rank.",
    ]
    tied = verdict([rows[0], rows[1], row("b", 64.0, True)], [])
    assert tied.headline == "No model is shown to be best: a and b cannot be told apart."
    two = verdict([row("a", 64.2, None), rows[0] | {"score": 50.0}], [])
    assert two.headline.startswith("Too few prompts to say which model is best: 5, and it takes 8.")


def test_models_without_prompts_in_common_are_not_ranked() -> None:
    made = verdict([row("a", 64.2, True), row("b", 50.0, False), row("c", 60.0, None)], [])
    assert made.sentences == ["c: under 8 prompts in common with the best, so no rank."]
    none = verdict([row("a", 64.2, None), row("b", 50.0, None)], [])
    assert none.headline == (
        "Too few prompts to say which model is best: no model shares 8 with a. a has the highest mean, S̄ 64.2."
    )


def test_how_many_prompts_it_takes_is_said_of_the_pair_that_it_is_about() -> None:
    rows = [row("a", 64.2, True), row("b", 63.0, False), row("c", 62.0, True)]
    made = verdict(rows, [pair("a", "b", 1.2, 0.2, 2.2), pair("a", "c", 2.2, -2.0, 6.4)])
    assert "to show that of a and c would take about 310 prompts." in words(made)


def test_nothing_is_judged_or_nothing_has_a_length() -> None:
    unjudged = {"judge": None, "score_l": 82.0, "score_l_leads": True, "n_prompts_score_l": 24}
    made = verdict([row("a", None, None, **unjudged), row("b", None, None, **unjudged | {"score_l": 80.0})], [])
    assert made.headline == "No model is shown to be best: a and b cannot be told apart."
    best = {"score_q": 70.0, "score_q_leads": True, "n_prompts_score_q": 20, "score_q_low": 65.0, "score_q_high": 75.0}
    worse = best | {"score_q": 50.0, "score_q_leads": False}
    made = verdict([row("a", None, None, **best), row("b", None, None, **worse)], [])
    assert made.headline == "a is best: S_Q 70.0 [65.0, 75.0] on 20 prompts."


def test_one_model_or_none_with_a_score() -> None:
    assert verdict([row("a", 64.2, None)], []).headline == (
        "a scores S̄ 64.2 [60.2, 68.2] on 24 prompts; there is no model to compare it with."
    )
    failed = [row(model, None, None, n_answered=0) for model in "ab"]
    assert words(verdict(failed, [])) == "No model gave a text: 48 responses asked for, none came."
    unscored = [row("a", None, None)]
    assert words(verdict(unscored, [])) == "No text has a score: 24 texts of 24 responses came."
    assert words(verdict([], [])) == "No response was asked for."
    beside = verdict([row("a", 64.2, None), *failed[1:]], [])
    assert beside.sentences == ["1 model without a score is left out."]


def test_intervals_that_cannot_be_trusted_are_told_with_counts() -> None:
    none = {"score_low": None, "score_high": None}
    equal = none | {"score_doubt": "all_equal", "n_prompts_score": 12}
    zeros = none | {"score_doubt": "few_zeros", "n_zeros_score": 3}
    made = verdict([row("a", 100.0, True, **equal), row("b", 90.0, True, **zeros)], [])
    assert made.sentences == [
        "a has no interval: all 12 prompts have the same score.",
        "b has no interval: 3 of 24 prompts have 0, and these make the mean.",
    ]


def test_who_leads_at_which_length() -> None:
    rows = [row("a", 60.0, True), row("b", 50.0, False)]
    by_range = {"[0,500)": (True, True), "[500,2000)": (True, False), "[2000,4000)": (True, False), "[4000,∞)": None}
    for label, leads in by_range.items():
        for model, mean, leading in zip("ab", (60.0, 50.0), leads or (None, None), strict=True):
            rows.append(row(model, mean, leading, slice_kind="range", slice=label))
    assert verdict(rows[::-1], []).sentences == [
        "At 0–500 required words no model is shown to be best. At 500–2k and 2k–4k required words a leads. "
        "At 4k+ required words there are too few prompts to say."
    ]


def test_forty_models_are_counted_not_listed() -> None:
    rows = [row(f"model-{i:02d}", 80.0 - i, i < 12) for i in range(40)]
    made = verdict(rows, [])
    named = "model-00, model-01, model-02, model-03 and 8 more"
    assert made.headline == f"{named} lead and cannot be told apart; 28 models are behind them."
    assert len(words(made)) < 200


def test_what_needs_attention_comes_worst_first() -> None:
    assert attention([row("a", 60.0, True)]) == []
    unread = {"n_unread": 2, "score_q_worst": 40.04, "score_q_best": 48.36}
    rows = [row("a", 60.0, True, n_looped=6, n_truncated=1, **unread), row("b", 50.0, True, n_answered=21)]
    assert attention(rows) == [
        "b: 3 of 24 responses without a text.",
        "a: 6 of 24 texts fall into repeating themselves.",
        "a: 2 responses without a readable verdict: if all scored 0, S_Q 40.0; if all scored 100, S_Q 48.4.",
    ], "one cut text of 24 is no news"
    assert attention([row("a", 60.0, True, slice_kind="range", n_looped=24)]) == []


def test_a_note_names_its_dataset_and_judge_where_there_are_several() -> None:
    unread = {"n_unread": 2, "score_q_worst": 40.0, "score_q_best": 48.0}
    judged = [row("a", 60.0, True, judge=judge, n_looped=6, **unread) for judge in ("j", "k")]
    rows = [*judged, row("a", 60.0, True, dataset="e", judge="j", n_answered=12)]
    verdicts = "2 responses without a readable verdict: if all scored 0, S_Q 40.0; if all scored 100, S_Q 48.0."
    assert attention(rows) == [
        "a on e: 12 of 24 responses without a text.",
        "a on d: 6 of 24 texts fall into repeating themselves.",
        f"a on d, judged by j: {verdicts}",
        f"a on d, judged by k: {verdicts}",
    ], "what is about texts is the same for both judges"
    assert attention(judged)[1] == f"a, judged by j: {verdicts}"


def test_of_many_that_lead_at_a_length_two_are_named() -> None:
    rows = [row(f"m{i}", 60.0 - i, i < 5, slice_kind=kind, slice=label) for i in range(8) for kind, label in RANGES]
    assert "At 0–500 and 500–2k required words m0, m1 and 3 more lead and cannot be told apart." in words(
        verdict(rows, [])
    )


RANGES = (("all", "all"), ("range", "[0,500)"), ("range", "[500,2000)"))
