"""The table of modes on judges with a known bias, over real HTTP; and its calls against the server's own count."""

from __future__ import annotations

import pytest
from mode_jobs import ModeJobs
from standin_judge import CLAIMS, SAMPLES, StandinJudge, answer_text, standin_judge

from longhand.tables.files import Row

PROMPTS = 12
CONTEXT = " ".join(["A harbour town has ferries, bakers and a clock."] * 40)
BATCH = {"long_reward": {"batch_statements": True}}


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[tuple[str, int, int], Row], StandinJudge]:
    """Rows of the table by judge, repeat and what they are held against; and the server."""
    names = {f"p{p:03}": p for p in range(PROMPTS)}
    with standin_judge() as server:
        jobs = ModeJobs(
            tmp_path_factory.mktemp("bias"),
            server.url,
            [{"prompt_id": name, "prompt": f"Question {p}", "context": f"{p}. {CONTEXT}"} for name, p in names.items()],
            {name: [answer_text(p, s) for s in range(SAMPLES)] for name, p in names.items()},
            {
                "one-by-one": {"repeats": 2},
                "batch": BATCH,
                "sample": {"long_reward": {"sample_statements": 1}},
                "higher": BATCH | {"model": "higher"},
                "shuffled": BATCH | {"model": "shuffled"},
            },
        )
        for name in jobs.names:
            jobs.judge(name)
        rows = jobs.modes(prices={"input": 1.0, "output": 10.0})
    return {(row["judge"], row["repeat"], row["against"]): row for row in rows}, server


def test_calls_are_those_that_the_server_counted(judged) -> None:
    rows, server = judged
    modes = {(judge, repeat): row for (judge, repeat, against), row in rows.items() if against == 0}
    sent = {name: row["calls"] - row["calls_shared"] for name, row in modes.items()}
    assert sum(sent.values()) == server.requests.total()
    answers, models = PROMPTS * SAMPLES, 3
    facts = server.requests["facts"] // models
    assert facts == PROMPTS, "one part each, asked once for all answers, repeats and modes of a model"
    alone = {name: row["calls"] for name, row in modes.items()}
    assert alone["one-by-one", 0] == alone["one-by-one", 1] == facts + answers * (4 + CLAIMS)
    assert alone["batch", 0] == alone["sample", 0] == alone["higher", 0] == facts + answers * 5
    assert sent == {
        ("one-by-one", 0): facts + answers * (4 + CLAIMS),
        ("one-by-one", 1): answers * (4 + CLAIMS),
        ("batch", 0): answers,
        ("sample", 0): 0,  # a statement of those that are graded one by one
        **{(name, 0): facts + answers * 5 for name in ("higher", "shuffled")},
    }
    for row in modes.values():
        assert (row["prompt_tokens"], row["completion_tokens"]) == (100 * row["calls"], 10 * row["calls"])
        assert row["cost"] == pytest.approx(2e-4 * row["calls"])
        assert row["cost_shared"] == pytest.approx(2e-4 * row["calls_shared"])


def test_grading_together_without_bias_is_as_good_as_the_same_mode_again(judged) -> None:
    rows, _ = judged
    again = rows["one-by-one", 1, 0]
    assert again["n_prompts"] == PROMPTS and again["n_scored"] == again["n_answers"] == PROMPTS * SAMPLES
    assert again["shift_low"] < 0 < again["shift_high"] and again["rank_within"] > 0.7
    for against in (0, 1):
        assert rows["batch", 0, against]["shift_low"] < 0 < rows["batch", 0, against]["shift_high"]
    apart = rows["batch", 0, 1]
    assert apart["rank_within_low"] < again["rank_within"] < apart["rank_within_high"]
    assert rows["batch", 0, 0]["rank_all"] >= apart["rank_all"], "three of four grades in common"


def test_grading_together_more_kindly_is_found(judged) -> None:
    rows, _ = judged
    for against in (0, 1):
        row = rows["higher", 0, against]
        assert 8 < row["shift_low"] < row["shift_high"] < 16, (
            "a level more is 5 of 10 points of one grade in four: 12.5"
        )
        assert row["shift_low"] > rows["one-by-one", 1, 0]["shift_high"]


def test_grading_together_in_another_order_is_found(judged) -> None:
    rows, _ = judged
    again, row = rows["one-by-one", 1, 0], rows["shuffled", 0, 1]
    assert row["rank_within_high"] < again["rank_within_low"]
    assert row["pairs_changed"] > again["pairs_changed"]
    assert row["shift_low"] < 0 < row["shift_high"], "the answers of a prompt have changed places"
