"""Faults of the published code, one test each: what happened there, met here over real HTTP, must come out right."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from fault_replies import DIMENSIONS, VERDICT, text_for
from fault_server import FaultServer
from running import Run

from longhand.ask.lines import read_answers
from longhand.preferences.candidates import reward_of
from longhand.prompts.required_length import read_required
from longhand.tables.files import Row
from longhand.text.requirement import Requirement

NAMES = ["plain", "empty", "unread", "second", "of five", "cut", "policy", "failed", "flaky", "stuck", "last"]
"""A prompt each, the shortest first: answers come in another order, since the longest are asked first."""
PROMPTS = {name: f"Write on this: {name}." for name in NAMES}
REQUIRED: list[int | str] = [*range(4, 14), "1,000"]
JUDGES_AT_A_TIME = 3
MODEL, MUTE = "results/d/m", "results/d/mute"


def fault_of(prompt: str, before: int) -> str | None:
    """What befalls a request, by the prompt that it is about."""
    about = next(name for name in NAMES if PROMPTS[name] in prompt)
    if VERDICT in prompt:
        return {"unread": "prose", "second": None if before else "prose", "of five": "of five"}.get(about)
    first = {"flaky": "500", "stuck": "hang"} if before == 0 else {}
    return {"empty": "null", "cut": "length", "policy": "filter 400", "failed": "400", **first}.get(about)


class Seen(NamedTuple):
    """A finished run and the servers that it asked."""

    run: Run
    writer: FaultServer
    judge: FaultServer

    def about(self, name: str, table: str) -> list[Row]:
        """The rows of a table that are about one prompt."""
        ids = {row["prompt"]: row["prompt_id"] for row in self.run.rows("results/d/prompts.parquet")}
        return [row for row in self.run.rows(f"{MODEL}/{table}.parquet") if row["prompt_id"] == ids[PROMPTS[name]]]

    def overall(self, model: str) -> Row:
        """A model's row of the leaderboard."""
        board = self.run.rows("results/leaderboard.parquet")
        (row,) = [row for row in board if (row["model"], row["slice_kind"]) == (model, "all")]
        return row


def reached(server: FaultServer, **settings: Any) -> dict[str, Any]:
    return {"backend": "openai", "model": "x", "base_url": server.url, "timeout": 1, "tries": 3, **settings}


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    folder = tmp_path_factory.mktemp("faults")
    rows = [{"prompt": prompt, "required": n} for prompt, n in zip(PROMPTS.values(), REQUIRED, strict=True)]
    (folder / "d.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (folder / "mute.jsonl").write_text("\n".join(json.dumps({"prompt": p, "response": ""}) for p in PROMPTS.values()))
    rubric = {
        "template": VERDICT + " {prompt} {response}",
        "dimensions": dict.fromkeys(DIMENSIONS, []),
        "scale": [1, 5],
    }
    with FaultServer(fault_of, latency=0.05) as writer, FaultServer(fault_of, latency=0.05) as judge_server:
        config = {
            "shards": 1,
            "datasets": {"d": {"path": "d.jsonl", "rubric": rubric}},
            "models": {"m": reached(writer, concurrency=8), "mute": {"backend": "recorded", "path": "mute.jsonl"}},
            "judges": {"j": reached(judge_server, concurrency=JUDGES_AT_A_TIME, attempts=2)},
            "evaluate": {"datasets": ["d"], "models": ["m", "mute"], "judges": ["j"]},
            "scores": {"min_coverage": 0.5},
        }
        run = Run(folder, config, pages=False)
        run.finish()
        yield Seen(run, writer, judge_server)


# --- EvalScope


def test_answers_in_completion_order_are_zipped_with_the_prompts(seen: Seen) -> None:
    """EvalScope: answers are collected as they come and zipped with the prompts: wrong answer to wrong prompt."""
    (journal,) = (seen.run.folder / "journal/models/m").rglob("*.jsonl")
    came = [answer.text for answer, _ in read_answers(journal)]
    for name in ("plain", "unread", "second", "of five", "flaky", "stuck", "last"):
        (row,) = seen.about(name, "responses")
        assert row["response"] == text_for(PROMPTS[name])
    written = [row["response"] for row in seen.run.rows(f"{MODEL}/responses.parquet") if row["response"]]
    assert came != written, "else this shows nothing: the answers came in the prompts' order"
    assert len(written) == len(set(written)) == 8


def test_an_unparsed_verdict_is_scored_3_of_5(seen: Seen) -> None:
    """EvalScope: a verdict that cannot be parsed becomes 3 in every dimension."""
    assert {(row["status"], row["score"]) for row in seen.about("unread", "judgements/j")} == {("unparsed", None)}
    assert [(row["judge_status"], row["score_q"]) for row in seen.about("unread", "scores")] == [("unparsed", None)]


def test_a_verdict_has_one_try(seen: Seen) -> None:
    """EvalScope: a judge is asked once, however its reply looks."""
    assert {(row["status"], row["attempts"]) for row in seen.about("second", "judgements/j")} == {("ok", 2)}
    assert {row["attempts"] for row in seen.about("unread", "judgements/j")} == {2}


def test_verdicts_are_not_saved_one_by_one(seen: Seen) -> None:
    """EvalScope: only means are written; what the judge said of an item is lost."""
    rows = seen.run.rows(f"{MODEL}/judgements/j.parquet")
    assert len(rows) == len(NAMES) * len(DIMENSIONS)
    assert all((row["reply"] is None) == (row["status"] in ("no_response", "failed")) for row in rows)
    assert json.loads(seen.about("plain", "judgements/j")[0]["reply"]).keys() == set(DIMENSIONS)


def test_judging_ignores_the_number_of_requests_at_a_time(seen: Seen) -> None:
    """EvalScope: judging runs on as many threads as there are cores and 4 more, whatever proc_num says."""
    assert seen.judge.highest == JUDGES_AT_A_TIME
    assert seen.writer.highest == 8


def test_a_request_has_no_time_out(seen: Seen) -> None:
    """EvalScope: a server that never answers holds the run for ever."""
    (row,) = seen.about("stuck", "responses")
    assert (row["status"], row["attempts"]) == ("ok", 2)


def test_one_failed_request_loses_all_answers(seen: Seen) -> None:
    """EvalScope: one exception among 120 requests ends the run before anything is written."""
    rows = seen.run.rows(f"{MODEL}/responses.parquet")
    assert [row["prompt_id"] for row in rows] == [
        row["prompt_id"] for row in seen.run.rows("results/d/prompts.parquet")
    ]
    (failed,) = seen.about("failed", "responses")
    assert failed["status"] == "failed"
    assert len([row for row in rows if row["response"]]) == 8


def test_an_empty_answer_ends_the_length_stage(seen: Seen) -> None:
    """EvalScope: an answer of no words divides by zero, and no length of any item is written."""
    (row,) = seen.about("empty", "lengths")
    assert (row["words"], row["score_l"]) == (0, 0)
    assert all(row["score_l"] is not None for name in NAMES if name != "failed" for row in seen.about(name, "lengths"))


def test_a_score_of_five_ends_the_quality_stage(seen: Seen) -> None:
    """EvalScope: a score such as "4/5" is taken for a number, and the run ends."""
    scores = {row["dimension"]: f"{row['score']:.0f}/5" for row in seen.about("of five", "judgements/j")}
    assert scores == json.loads(seen.about("of five", "judgements/j")[0]["reply"])


def test_a_thousand_with_a_comma_is_read_as_0(seen: Seen) -> None:
    """EvalScope: the required length of "1,000 words" is read as 0."""
    required = [row["required"] for row in seen.run.rows("results/d/prompts.parquet")]
    assert required == [*range(4, 14), 1000]
    assert read_required("Write 1,000 words about rain.") == Requirement("about", required=1000)


# --- LongWriter


def test_unparsed_items_vanish_from_the_mean(seen: Seen) -> None:
    """LongWriter: items whose verdict does not parse are left out, and nothing says so."""
    row = seen.overall("m")
    assert (row["n"], row["n_answered"], row["n_judged"], row["n_scored_l"]) == (11, 8, 7, 10)
    scores = seen.run.rows(f"{MODEL}/scores.parquet")
    assert len(scores) == len(NAMES)
    known = [score["score_l"] for score in scores if score["score_l"] is not None]
    assert row["score_l"] == pytest.approx(sum(known) / 10), "the length of an unread item still counts"
    assert all(part["score_l"] > 0 for part in seen.about("unread", "scores"))


def test_a_model_that_answers_nothing_crashes_the_length_score(seen: Seen) -> None:
    """LongWriter: the mean over no items divides by zero."""
    row = seen.overall("mute")
    assert (row["n"], row["n_answered"], row["score_l"], row["score_q"]) == (11, 0, 0, None)


def test_an_error_string_becomes_an_answer(seen: Seen) -> None:
    """LongWriter, LongReward: "Max tries. Failed." or the server's policy message is taken for the model's text."""
    assert {
        row["status"]: row["response"] for name in ("policy", "failed") for row in seen.about(name, "responses")
    } == {
        "refused": None,
        "failed": None,
    }
    for name in ("policy", "failed", "empty"):
        assert not any(PROMPTS[name] in prompt for prompt in seen.judge.received), "nothing to judge"
        assert {row["status"] for row in seen.about(name, "judgements/j")} == {"no_response"}


# --- LongReward


def test_scores_are_written_to_a_mistyped_folder(seen: Seen) -> None:
    """LongReward: scores go to a folder that nothing reads."""
    wanted = {f"{model}/{table}.parquet" for model in (MODEL, MUTE) for table in ("lengths", "judgements/j", "scores")}
    wanted |= {f"{model}/responses.parquet" for model in (MODEL, MUTE)} | {"results/d/prompts.parquet"}
    wanted |= {
        "results/leaderboard.parquet",
        "results/leaderboard.csv",
        "results/leaderboard.md",
        "results/settings.json",
    }
    folder = seen.run.folder
    assert {str(path.relative_to(folder)) for path in (folder / "results").rglob("*") if path.is_file()} == wanted


def test_a_total_is_a_sum(seen: Seen) -> None:
    """LongReward: `total` is the sum of the grades where the paper says mean."""
    rows = [row for row in seen.run.rows(f"{MODEL}/scores.parquet") if row["judge_status"] == "ok"]
    assert len(rows) == 7 and any(row["score_q"] > 0 for row in rows)
    for row in rows:
        assert row["score_q"] == pytest.approx(sum(row[name] for name in DIMENSIONS) / len(DIMENSIONS))
        assert row["score"] == pytest.approx((row["score_l"] + row["score_q"]) / 2)
    assert reward_of({"score_l": 80, "score_q": 60}, {"length": 0.5, "quality": 0.5}) == 70


# --- all of them


def test_a_cut_text_looks_like_a_short_one(seen: Seen) -> None:
    """All: finish_reason is not kept, so that nobody sees that a text was cut off."""
    (row,) = seen.about("cut", "responses")
    assert (row["status"], row["finish_reason"], row["response"]) == ("truncated", "length", text_for(PROMPTS["cut"]))
    (row,) = seen.about("plain", "responses")
    assert (row["status"], row["finish_reason"]) == ("ok", "stop")
    assert seen.overall("m")["n_truncated"] == 1


def test_no_number_of_a_judge_has_an_interval(seen: Seen) -> None:
    """All: no spread or interval stands on any judge number."""
    row = seen.overall("m")
    assert row["score_l_low"] < row["score_l"] < row["score_l_high"]
    for name in ("score", "score_q"):
        assert row[f"n_prompts_{name}"] < 8 and row[f"{name}_doubt"] == "few_prompts", "too few to give one"
