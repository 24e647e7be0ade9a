"""A judge that asks in batches, killed at every change of a file, at every call and in the middle of what it collects.

Each time the steps are run again to the end. The table is the one of a judge that was never killed and asked live, and
the server, which keeps its own account, was paid once for each answer.
"""

from __future__ import annotations

import itertools
import json
from collections import Counter
from pathlib import Path

import pytest
from batch_run import BatchRun
from batch_server import BatchServer, Calls
from killed_steps import Kill

from longhand.ask.lines import journal_files, read_answers
from longhand.tables.files import Row

ROWS = 3


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    """What a judge says that is asked live."""
    with BatchServer() as server:
        run = BatchRun(tmp_path_factory.mktemp("live"), server, ROWS, batch=False, batch_price=None)
        assert run.judge().status == 0
        assert not server.batches
        return run.judgements()


def at(call: str, times: int, fault: str) -> Calls:
    """A fault at one call only."""
    return lambda *this: fault if this == (call, times) else None


def check(run: BatchRun, live: list[Row], work: str = "complete") -> None:
    """Runs the steps to the end: the table is that of a live judge, all was paid once, our key is with each batch."""
    run.finish(work)
    assert run.judgements() == live
    assert run.server.paid.total() == len(run.server.paid) == ROWS, run.server.paid
    answers = Counter(answer.id for path in journal_files(run.folder / "journal") for answer, _ in read_answers(path))
    assert sorted(answers.values()) == [1] * ROWS, "each is counted once"
    assert run.server.batches
    keys = {json.loads(path.read_text(encoding="utf-8"))["key"] for path in run.states}
    assert {batch.metadata["longhand"] for batch in run.server.batches.values()} <= keys


@pytest.mark.parametrize(("step", "least"), [("submit", 10), ("judge", 4)])
def test_killed_at_each_change_of_a_file(tmp_path: Path, live: list[Row], step: str, least: int) -> None:
    for number in itertools.count(1):
        with BatchServer() as server:
            run = BatchRun(tmp_path / str(number), server, ROWS)
            if step == "judge":
                assert run.submit().status == 0
                server.work("complete")
            ended = (run.submit if step == "submit" else run.judge)(Kill(change=number))
            check(run, live)
            if not ended.killed:
                break
    assert number > least


@pytest.mark.parametrize("number", range(1, ROWS + 1))
def test_killed_in_the_middle_of_what_is_collected(tmp_path: Path, live: list[Row], number: int) -> None:
    """With a torn line at the end of the journal."""
    with BatchServer() as server:
        run = BatchRun(tmp_path, server, ROWS)
        assert run.submit().status == 0
        server.work("complete")
        assert run.judge(Kill(answer=number)).killed
        check(run, live)


def test_killed_at_each_call(tmp_path: Path, live: list[Row]) -> None:
    """Before the server has done anything, after it has, and in the middle of the output."""
    with BatchServer() as server:
        check(BatchRun(tmp_path / "calls", server, ROWS), live)
        calls = [(call, times) for call, number in server.called.items() for times in range(number)]
    assert {call for call, _ in calls} >= {"files.create", "batches.create", "batches.retrieve", "files.content"}
    faults = [(call, times, fault) for call, times in calls for fault in ("kill", "kill after")]
    for number, fault in enumerate([*faults, ("files.content", 0, "kill half after")]):
        with BatchServer(calls=at(*fault)) as server:
            check(BatchRun(tmp_path / str(number), server, ROWS), live)


@pytest.mark.parametrize("fault", ["kill", "kill after"])
@pytest.mark.parametrize("call", ["batches.cancel", "batches.retrieve", "files.content"])
def test_killed_while_batches_are_cancelled(tmp_path: Path, live: list[Row], call: str, fault: str) -> None:
    """Without `batch` the judge cancels what is under way, takes what came, and asks the rest live."""
    with BatchServer() as server:
        assert BatchRun(tmp_path, server, ROWS).submit().status == 0
        server.work("half")
        server.calls = at(call, server.called[call], fault)
        run = BatchRun(tmp_path, server, ROWS, batch=False)
        run.submitted.touch()  # it has no submitting step
        check(run, live, "cancelled")
        assert server.paid_by_batch.total() == ROWS // 2
