"""Verdicts are asked while responses come. It changes no table, and no fault of a judge reaches the writer."""

from __future__ import annotations

import shlex
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from fault_replies import VERDICT
from fault_server import FaultServer
from jobs import ROWS, rows_of
from ordered import NAME, RUBRIC_FILE, judging, plan, start_all, work_off, write_prompts, write_rubric, writing
from patience import wait_for
from running import CHECKOUT

from longhand.ask import followers
from longhand.ask.lasting import RUN
from longhand.ask.lines import read_answers
from longhand.jobs.planned import forget, note_made
from longhand.program.errors import LonghandError

pytestmark = pytest.mark.usefixtures("short_waits", "run_folder")
DOLLAR_A_TOKEN = {"input": 0, "output": 1e6}  # 20 dollars for each answer, 100 at most


@pytest.fixture
def run_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run's folder with a dataset and a rubric; this process is a job of the run."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(RUN, NAME)
    write_prompts("d", ROWS)
    write_rubric()


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer(latency=0.02) as server:
        yield server


def verdicts_asked(server: FaultServer) -> Counter[str]:
    return Counter({question: number for question, number in server.received.items() if VERDICT in question})


def journaled(pattern: str) -> int:
    """Answers in these files of the journal."""
    return sum(1 for path in Path("journal").glob(pattern) for _ in read_answers(path))


def test_the_judging_step_finds_its_verdicts_and_the_tables_are_the_same(server: FaultServer) -> None:
    write, judge = writing(server), judging(server)
    without = [rows_of(work_off(order)) for order in (write, judge)]
    assert journaled("judges/j/d/m/*.jsonl") == ROWS, "the run has planned nothing: the judge is asked in its turn"
    Path("journal").rename("journal of before")

    server.received.clear()
    plan(write, judge)
    responses = rows_of(work_off(write))
    assert sum(verdicts_asked(server).values()) == ROWS == journaled("judges/j/others/generate_responses/m/**/*.jsonl")
    assert [responses, rows_of(work_off(judge))] == without
    assert set(server.received.values()) == {1} and len(server.received) == 2 * ROWS


def test_only_what_the_run_has_planned_is_asked(server: FaultServer) -> None:
    write_prompts("e", ROWS)
    plan(writing(server))
    work_off(writing(server))
    assert not verdicts_asked(server), "all_responses"
    others = [judging(server, dataset="e"), judging(server, model="n"), judging(server, judge="local", backend="vllm")]
    others.append(judging(server, judge="batched", batch=True))
    plan(writing(server), *others)
    Path("journal").rename("journal of before")
    work_off(writing(server))
    assert not verdicts_asked(server), "other responses, a judge at another job's server, batches"


def test_a_rubric_that_the_run_makes_anew_is_waited_for(server: FaultServer) -> None:
    write, judge = writing(server), judging(server)
    plan(write, judge, makes=[RUBRIC_FILE])
    work_off(write)
    assert not verdicts_asked(server), "by the rubric of before"
    Path("journal").rename("journal of before")
    write_rubric(template="Another one. " + VERDICT + " {prompt} {response}")
    note_made(NAME, [RUBRIC_FILE])
    work_off(write)
    verdicts = verdicts_asked(server)
    assert len(verdicts) == ROWS and all(question.startswith("Another one. ") for question in verdicts)
    work_off(judge)
    assert verdicts_asked(server) == verdicts


def test_a_judge_that_is_down(server: FaultServer, capsys: pytest.CaptureFixture[str]) -> None:
    with FaultServer() as gone:
        judge = judging(gone, tries=2)
    plan(writing(server), judge)
    assert {row["status"] for row in rows_of(work_off(writing(server)))} == {"ok"}
    assert "verdicts of j are left to the judging step: j cannot be reached from here" in capsys.readouterr().err
    with pytest.raises(LonghandError, match="gave up: no answer in 2 tries: ConnectError"):
        work_off(judge)
    with FaultServer() as back:  # what was not reached is not taken for unanswerable
        work_off(judging(back))
        assert len(back.received) == ROWS


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        ("401", "the API refused the key"),
        ("404", "does not exist"),
        ("500", "gave up: no answer in 2 tries: HTTP 500"),
        ("prose", "none of 16 replies on 8 responses can be read"),
    ],
)
def test_a_judge_that_fails_does_not_fail_the_writer(
    server: FaultServer, capsys: pytest.CaptureFixture[str], fault: str, line: str
) -> None:
    server.plan = lambda prompt, _: fault if VERDICT in prompt else None
    write, judge = writing(server), judging(server, tries=2, concurrency=2)
    plan(write, judge)
    rows = rows_of(work_off(write))
    assert [row["status"] for row in rows] == ["ok"] * ROWS and len({row["response"] for row in rows}) == ROWS
    lines = [text for text in capsys.readouterr().err.splitlines() if "left to the judging step" in text]
    assert len(lines) == 1 and line in lines[0], lines
    with pytest.raises(LonghandError, match=line):
        work_off(judge)
    forget(NAME)  # the next run
    server.plan = lambda *_: None
    if fault != "prose":  # those were answered
        work_off(judge)


@pytest.mark.parametrize("rubric", ["{", "{}", '{"template": 1}', "[]"])
def test_a_damaged_rubric_does_not_fail_the_writer(
    server: FaultServer, capsys: pytest.CaptureFixture[str], rubric: str
) -> None:
    Path(RUBRIC_FILE).write_text(rubric)
    plan(writing(server), judging(server))
    assert {row["status"] for row in rows_of(work_off(writing(server)))} == {"ok"}
    log = [line for line in capsys.readouterr().err.splitlines() if "left to its own job" in line]
    assert len(log) == 1 and log[0].startswith("results/d/m/judgements/j.parquet"), log
    assert not verdicts_asked(server)


def test_a_key_that_is_not_there_leaves_the_judge_to_its_own_job(
    server: FaultServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("KEY_OF_JUDGE", raising=False)
    judge = judging(server, api_key_env="KEY_OF_JUDGE")
    plan(writing(server), judge)
    work_off(writing(server))
    assert not verdicts_asked(server) and "left to the judging step" not in capsys.readouterr().err
    monkeypatch.setenv("KEY_OF_JUDGE", "sk-of-judge")
    work_off(judge)
    assert len(verdicts_asked(server)) == ROWS
    keys = {header.get("Authorization") for header in server.headers[ROWS:]}
    assert keys == {"Bearer sk-of-judge"}


def test_a_budget_that_ends_while_answers_come(server: FaultServer, capsys: pytest.CaptureFixture[str]) -> None:
    """Six verdicts cost 120; the next could cost 100 more."""
    write, judge = writing(server), judging(server, price=DOLLAR_A_TOKEN, budget=200)
    plan(write, judge)
    assert {row["status"] for row in rows_of(work_off(write))} == {"ok"}
    assert "left to the judging step: the budget of 200 USD ends" in capsys.readouterr().err
    assert sum(verdicts_asked(server).values()) == 6
    with pytest.raises(LonghandError, match="the budget of 200 USD ends here: 120.0000 are spent"):
        work_off(judge)
    assert sum(verdicts_asked(server).values()) == 6
    work_off(judging(server, price=DOLLAR_A_TOKEN, budget=320))
    assert set(verdicts_asked(server).values()) == {1} and len(verdicts_asked(server)) == ROWS


def test_the_writer_does_not_wait_long_for_verdicts(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    assert followers.GRACE == 30
    monkeypatch.setattr(followers, "GRACE", 2)
    with FaultServer() as judges:
        judges.most_answers = 3  # the others wait
        judge = judging(judges)
        plan(writing(server), judge)
        start = time.monotonic()
        work_off(writing(server))
        assert time.monotonic() - start < 25
        in_time, sent = judges.answered.total(), judges.total
        assert in_time == 3 and sent == 3 + 4
        judges.most_answers = 10**9
        work_off(judge)
        assert judges.total == sent + ROWS - in_time


def test_what_begins_late_is_not_cut_off(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """One verdict at a time, and time for a few: the one in flight then ends, and no other begins."""
    monkeypatch.setattr(followers, "GRACE", 1.2)
    with FaultServer(latency=0.5) as judges:
        judge = judging(judges, concurrency=1)
        plan(writing(server), judge)
        work_off(writing(server))
        assert 0 < judges.answered.total() == judges.total < ROWS
        work_off(judge)
        assert set(judges.received.values()) == {1} and len(judges.received) == ROWS


def test_a_server_stops_with_the_last_response(server: FaultServer) -> None:
    """Verdicts in flight then end, and no more begin: they would hold a GPU."""
    stand_in = shlex.join([sys.executable, f"{CHECKOUT}/tests/fault_server.py"])
    write = writing(server, backend="vllm", command=stand_in, base_url=None, concurrency=12)
    server.latency = 3  # longer than the writer takes to end
    judge = judging(server, concurrency=2)
    plan(write, judge)
    work_off(write)
    assert sum(verdicts_asked(server).values()) == 2 == journaled("judges/j/**/*.jsonl")
    server.latency = 0
    work_off(judge)
    assert len(verdicts_asked(server)) == ROWS == server.total, "none was asked twice"


def test_limits_hold_over_all_jobs_of_a_run(server: FaultServer) -> None:
    """Two datasets, two models under one limit, two judges under another who follow each of them."""
    limits = [{"limit": name, "concurrency": most} for name, most in (("key", 16), ("judges-key", 8))]
    rows = 20
    for dataset in "de":
        write_prompts(dataset, rows)
    with FaultServer(latency=0.02) as judges:
        server.most_answers = judges.most_answers = 0  # none for now
        writes = [writing(server, dataset, model, **limits[0]) for dataset in "de" for model in "mn"]
        judged = [judging(judges, order.dataset, order.model, judge, **limits[1]) for order in writes for judge in "jk"]
        plan(*writes, *judged)
        jobs = start_all(writes)
        for test_server, most in ((server, 16), (judges, 8)):
            wait_for(lambda test_server=test_server, most=most: test_server.in_flight == most, 20, "so many requests")
            test_server.most_answers = 10**9
        for job in jobs:
            output, _ = job.communicate(timeout=60)
            assert job.returncode == 0, output
        assert (server.highest, judges.highest) == (16, 8)
        assert server.answered.total() == 4 * rows
        assert judges.answered.total() == 4 * rows, "the models write the same, so two jobs wait for one verdict"
