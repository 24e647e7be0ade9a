"""What is said of jobs whose output goes to logs."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from longhand.ask import progress
from longhand.ask.progress import Progress
from longhand.program.errors import NotFinished
from longhand.run.watching import Watch, is_error, last_line


def event(name: str, **fields: object) -> logging.LogRecord:
    """A record as Snakemake logs it."""
    return logging.makeLogRecord({"event": name, **fields})


def started(watch: Watch, job: int, rule: str, log: Path) -> None:
    watch.emit(event("job_info", jobid=job, rule_name=rule, log=[str(log)]))


def test_running_jobs_are_told_by_their_last_lines(tmp_path: Path) -> None:
    watch, log = Watch(print, frozenset()), tmp_path / "log"
    assert watch.lines() == []
    log.write_text("starting\nm on d/000: 3 of 12 rows\x1b[2J, 5 answers\n\n")
    for job in range(6):
        started(watch, job, "generate_responses", log if job else tmp_path / "none")
    assert watch.lines() == [
        f"generate_responses: started, its log is {tmp_path}/none",
        *["generate_responses: m on d/000: 3 of 12 rows, 5 answers"] * 3,
        "and 2 more jobs",
    ]
    watch.emit(event("job_error", jobid=0))
    watch.emit(event("job_finished", job_id=1))
    watch.emit(logging.makeLogRecord({"msg": "no event"}))
    assert len(watch.lines()) == 4


def test_a_bar_that_is_drawn_again_and_again_is_one_line(tmp_path: Path) -> None:
    watch, log = Watch(print, frozenset()), tmp_path / "log"
    log.write_text("x" * 10_000 + "\n" + "\r".join(f"{n}% of the training" for n in range(40)))
    started(watch, 1, "train_model", log)
    assert watch.lines() == ["train_model: 39% of the training"]


def test_an_errors_whole_line_is_told_and_nothing_that_a_terminal_obeys(tmp_path: Path) -> None:
    (log := tmp_path / "log").write_text(f"error: {'x' * 300}\x1b]0;title\x07\n\n")
    assert last_line(str(log), None) == f"error: {'x' * 300}"
    assert last_line(str(tmp_path / "none"), None) is None


def test_a_table_that_is_complete_is_told_once(tmp_path: Path) -> None:
    lines: list[str] = []
    watch, log = Watch(lines.append, frozenset({"gather_responses"})), tmp_path / "log"
    log.write_text("results/d/m/responses.parquet is complete: 12 ok\n")
    for job, rule in enumerate(("gather_responses", "score_length", "gather_responses")):
        started(watch, job, rule, log)
    watch.emit(event("job_finished", job_id=0))
    watch.emit(event("job_finished", job_id=1))
    watch.emit(event("job_error", jobid=2))
    assert lines == ["results/d/m/responses.parquet is complete: 12 ok"]
    assert watch.lines() == []


def test_what_jobs_made_is_noted_once_they_have_ended() -> None:
    made: list[str] = []
    watch = Watch(print, frozenset(), made.extend)
    for job in range(3):
        watch.emit(event("job_info", jobid=job, rule_name="judge_responses", log=[], output=[f"{job}.a", f"{job}.b"]))
    assert made == []
    watch.emit(event("job_error", jobid=0))
    watch.emit(event("job_finished", job_id=2))
    assert made == ["2.a", "2.b"], "neither what failed nor what still runs"


def test_the_first_line_of_a_job_comes_soon(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    assert progress.FIRST <= 5 and progress.EVERY < 25
    monkeypatch.setattr(progress, "FIRST", 0.01)
    monkeypatch.setenv("LONGHAND_PROGRESS", "0")

    async def shown() -> None:
        showing = asyncio.create_task(Progress("m on d/000", 12).show())
        await asyncio.sleep(0.1)
        showing.cancel()

    asyncio.run(shown())
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("m on d/000: 0 of 12 rows")


def test_a_job_that_is_not_finished_is_no_error(tmp_path: Path) -> None:
    """Snakemake's words about it and its command are kept from the log; those about a fault are not."""
    unfinished, fault = tmp_path / "unfinished.log", tmp_path / "fault.log"
    unfinished.write_text(f"batch x has 3 requests\n{NotFinished('1 of 1 batch is under way')}\n")
    fault.write_text("error: the API refused the key\n")
    line = "not finished: 1 of 1 batch is under way; run again later"
    lines: list[str] = []
    watch = Watch(lines.append, frozenset())
    for number, (log, is_fault) in enumerate(((unfinished, False), (fault, True))):
        started(watch, number, "judge_responses", log)
        failed = event("job_error", jobid=number, log=[str(log)])
        command = f"Command 'set -e; python x.py > {log} 2>&1' returned non-zero exit status 1."
        assert is_error(failed) is is_error(event("error", msg=command)) is is_fault
        watch.emit(failed)
    assert lines == [f"judge_responses: {line}"] and watch.lines() == []
    assert is_error(event("error", msg="another")) and is_error(event("job_error")) and is_error(event("progress"))
