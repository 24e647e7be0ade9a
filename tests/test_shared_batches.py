"""Batches of runs that share a journal, of other datasets with the same questions, and of a judge that is changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from batch_run import ROWS, BatchRun
from batch_server import BatchServer
from killed_steps import Ended


@pytest.fixture
def server() -> Iterator[BatchServer]:
    with BatchServer() as server:
        yield server


def two_runs(folder: Path, server: BatchServer) -> tuple[BatchRun, BatchRun]:
    """Runs in two folders with one journal."""
    first, second = (BatchRun(folder / name, server) for name in ("first", "second"))
    (folder / "journal").mkdir()
    for run in (first, second):
        (run.folder / "journal").symlink_to(folder / "journal")
    return first, second


def not_finished(ended: Ended) -> bool:
    return ended.status == 1 and ended.output.splitlines()[-1].startswith("not finished: ")


def test_two_runs_that_share_a_journal_have_one_batch(tmp_path: Path, server: BatchServer) -> None:
    first, second = two_runs(tmp_path, server)
    assert first.submit().status == second.submit().status == 0
    assert not_finished(second.judge()) and not_finished(first.judge())
    server.work("complete")
    assert second.judge().status == first.judge().status == 0
    assert first.judgements() == second.judgements()
    assert len(server.batches) == 1 and server.paid.total() == len(server.paid) == ROWS


def test_two_runs_at_the_same_time_pay_once(tmp_path: Path, server: BatchServer) -> None:
    runs = two_runs(tmp_path, server)
    server.at_look = "complete"
    for script in ("submit_batch", "judge_responses", "judge_responses", "judge_responses"):
        steps = [run.start(script) for run in runs]
        for run, step in zip(runs, steps, strict=True):
            run.ended(step)
    assert runs[0].judgements() == runs[1].judgements()
    assert len(server.batches) == 1 and server.paid.total() == len(server.paid) == ROWS


def test_a_live_run_leaves_what_a_batch_holds(tmp_path: Path, server: BatchServer) -> None:
    """One without `batch` and with the judge under another name: the same requests."""
    run = BatchRun(tmp_path, server)
    assert run.submit().status == 0
    other = BatchRun(tmp_path / "other", server, name="k", batch=False)
    (other.folder / "journal").symlink_to(tmp_path / "journal")
    assert not_finished(other.judge()), "the batch is not its own: it is not cancelled"
    assert server.called["batches.cancel"] == 0
    server.work("complete")
    assert not_finished(other.judge()) and run.judge().status == 0 and other.judge().status == 0
    assert server.paid.total() == len(server.paid) == ROWS


def test_a_setting_that_is_changed_makes_a_batch_of_its_own_and_loses_none(tmp_path: Path, server: BatchServer) -> None:
    before = BatchRun(tmp_path, server)
    assert before.submit().status == 0
    after = BatchRun(tmp_path, server, sampling={"temperature": 0.1})
    assert after.submit().status == 0 and not_finished(after.judge())
    server.work("complete")
    assert after.judge().status == 0
    assert {body["temperature"] for body in server.bodies} == {0.5, 0.1}
    assert server.paid.total() == len(server.paid) == 2 * ROWS
    called = server.called.copy()
    after.table.unlink()
    again = BatchRun(tmp_path, server)
    assert again.submit().status == 0 and again.judge().status == 0
    assert server.paid.total() == 2 * ROWS, "what was paid for before the change is in the journal"
    assert server.called["batches.create"] == called["batches.create"]


def test_more_rows_go_into_a_batch_of_their_own(tmp_path: Path, server: BatchServer) -> None:
    assert BatchRun(tmp_path, server).submit().status == 0
    run = BatchRun(tmp_path, server, rows=ROWS + 3)
    assert run.submit().status == 0
    made = [json.loads(path.read_bytes()) for path in run.states]
    assert sorted(len(state["requests"]) for state in made) == [3, ROWS]
    server.work("complete")
    assert run.judge().status == 0
    assert server.paid.total() == len(server.paid) == ROWS + 3 == len({row["prompt_id"] for row in run.judgements()})
