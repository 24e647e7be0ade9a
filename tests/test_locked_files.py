"""Journal files that others write: a job waits for its own and can be stopped; ahead it asks nothing that needs one."""

from __future__ import annotations

import fcntl
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fault_replies import VERDICT
from fault_server import FaultServer
from jobs import ROWS, rows_of
from ordered import NAME, judging, plan, start_all, work_off, write_prompts, write_rubric, writing

from longhand.ask.lasting import RUN

OWN, AHEAD = "journal/models/m/d/000.jsonl", "journal/judges/j/others/generate_responses/m/d/000.jsonl"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultServer]:
    """A server, and in this folder a run that has planned responses and their verdicts."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(RUN, NAME)
    write_prompts("d", ROWS)
    write_rubric()
    with FaultServer() as server:
        plan(writing(server), judging(server))
        yield server


@contextmanager
def written(name: str) -> Iterator[None]:
    """As if another job wrote a file of the journal."""
    Path(name).parent.mkdir(parents=True)
    with open(name, "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_job_that_waits_for_its_file_can_be_stopped(server: FaultServer, number: signal.Signals) -> None:
    with written(OWN):
        (job,) = start_all([writing(server)])
        assert job.stdout is not None
        lines = [job.stdout.readline()]
        job.send_signal(number)
        start = time.monotonic()
        lines += job.communicate(timeout=30)[0].splitlines()
    assert time.monotonic() - start < 10 and job.returncode == 128 + number
    assert lines[0].strip() == f"another job is writing {OWN}: waiting for its answers"
    assert lines[1:] == [f"stopped by {number.name}; finished answers are in the journal"]


def test_a_job_goes_on_when_its_file_is_free(server: FaultServer) -> None:
    with written(OWN):
        (job,) = start_all([writing(server)])
        assert job.stdout is not None and "waiting" in job.stdout.readline()
        assert not server.total
    output, _ = job.communicate(timeout=30)
    assert job.returncode == 0, output
    assert server.total == 2 * ROWS


def test_a_judge_file_of_another_run_does_not_hold_the_writer_up(
    server: FaultServer, capsys: pytest.CaptureFixture[str]
) -> None:
    with written(AHEAD):
        assert [row["status"] for row in rows_of(work_off(writing(server)))] == ["ok"] * ROWS
        line = f"verdicts of j are left to the judging step: another job is writing the journal ({AHEAD})"
        assert capsys.readouterr().err.count(line) == 1
    assert not any(VERDICT in question for question in server.received)
