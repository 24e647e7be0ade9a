"""ask.deadline: when rows of other jobs may still be begun."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from longhand.ask import locks
from longhand.ask.deadline import Deadline, end_of_job

NOW = 1_795_290_000.0


@pytest.fixture(autouse=True)
def in_a_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Job 7 of a Slurm that does not answer."""
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(time, "time", lambda: NOW)
    locks.say_once.cache_clear()
    slurm(tmp_path, "echo slurm_load_jobs error: Unable to contact slurm controller >&2; exit 1")


def slurm(folder: Path, script: str) -> None:
    """What squeue does from now on; it notes each call."""
    path = folder / "squeue"
    path.write_text(f'#!/bin/sh\necho "$SLURM_TIME_FORMAT" "$@" >> {folder}/calls\n{script}\n')
    path.chmod(0o755)


def calls(folder: Path) -> list[str]:
    path = folder / "calls"
    return path.read_text().splitlines() if path.exists() else []


def test_the_end_that_slurm_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    slurm(tmp_path, "echo 1795290100")
    assert end_of_job() == NOW + 100
    assert calls(tmp_path) == ["%s --noheader --jobs 7 --format %e"], "%s: seconds, whatever the time zone"
    assert not capsys.readouterr().err


@pytest.mark.parametrize("end", ["NONE", "Unknown", "N/A", ""])
def test_a_job_without_a_limit(tmp_path: Path, capsys: pytest.CaptureFixture[str], end: str) -> None:
    slurm(tmp_path, f"echo {end}")
    assert end_of_job() is None
    assert not capsys.readouterr().err


def test_outside_slurm_nobody_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SLURM_JOB_ID")
    assert Deadline().allows_more()
    assert calls(tmp_path) == []


@pytest.mark.parametrize("missing", [False, True])
def test_a_slurm_that_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], missing: bool
) -> None:
    """Or whose commands a node has not: rows that the limit cuts off are asked by their own jobs."""
    if missing:
        monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    assert Deadline().allows_more() and Deadline().allows_more()
    log = capsys.readouterr().err
    assert log.count("the job's time limit is not known") == 1
    assert ("No such file" if missing else "Unable to contact slurm controller") in log


def test_a_row_must_be_likely_to_end_in_time(tmp_path: Path) -> None:
    slurm(tmp_path, "echo 1795290100")
    deadline = Deadline()
    assert deadline.allows_more(), "100 s are left, 60 s are spare"
    for seconds, allowed in ((26, True), (10, True), (27, False), (1, False)):
        deadline.note(seconds)
        assert deadline.allows_more() == allowed, "half as long again as the longest so far: up to 40 s"
    assert len(calls(tmp_path)) == 1


def test_near_the_end_nothing_is_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slurm(tmp_path, "echo 1795290100")
    deadline = Deadline()
    for now, allowed in ((NOW + 39, True), (NOW + 41, False), (NOW + 200, False)):
        monkeypatch.setattr(time, "time", lambda now=now: now)
        assert deadline.allows_more() == allowed
