"""ask.queue: what a job whose server is up does for other jobs, and what these cannot do to it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shlex
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fault_server import FaultServer
from jobs import entry, prompts, rows_of, work
from patience import wait_for

from longhand.ask import deadline, devices, queue
from longhand.ask.job import run_job
from longhand.ask.journal import Journal
from longhand.ask.lasting import FaultNotes
from longhand.ask.servers import ServerSlots
from longhand.ask.work import Table, Work
from longhand.program.errors import LonghandError
from longhand.tables.files import Row
from longhand.tables.schemas import RESPONSES
from longhand.wire.asker import Asker
from longhand.wire.request import request_id

STAND_IN = shlex.join([sys.executable, str(Path(__file__).with_name("fault_server.py"))])


@pytest.fixture(autouse=True)
def one_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "SHARED", tmp_path / "gpus")
    monkeypatch.setenv(devices.VISIBLE, "x0")


def run(folder: Path, job_work: Work, others: list[Work]) -> list[Row]:
    """Runs a job of two rows, with others' works that appear once; its rows."""
    given = iter([others])
    table, faults = Table(folder / "own.parquet", RESPONSES, "generate_responses"), FaultNotes("step", "m", "own")
    run_job(job_work, table, folder / "journal", folder / "server.log", faults, lambda: next(given, []))
    return rows_of(table.out)


def ahead(folder: Path) -> list[str]:
    """The beginnings of the answers that others will find."""
    lines = [line for path in (folder / "journal").rglob("*.jsonl") for line in path.read_text().splitlines()]
    return sorted(text for line in lines if (text := json.loads(line)["text"][:8]) not in ("prompt 0", "prompt 1"))


@pytest.mark.parametrize("where", ["table", "row", "first row"])
def test_what_breaks_at_others_never_fails_the_job(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], where: str
) -> None:
    job_work, texts = work(entry(None, command=STAND_IN), 2), prompts(6)

    def torn() -> Iterator[Row]:
        if where == "table":
            yield texts[2]
        raise LonghandError("the table is torn", "d1.parquet")

    async def failing(_: dict[str, Asker], row: Row) -> list[Row]:
        raise ValueError("no such column")

    whole = replace(job_work, what="m on d2", to_ask=lambda: iter(texts[3:5]))
    broken = replace(job_work, what="m on d1", **({"make": failing} if where == "row" else {"to_ask": torn}))
    others = [broken] if where == "row" else [broken, whole]
    assert [row["status"] for row in run(tmp_path, job_work, others)] == ["ok", "ok"]
    expected = {"table": ["prompt 2", "prompt 3", "prompt 4"], "first row": ["prompt 3", "prompt 4"], "row": []}
    assert ahead(tmp_path) == expected[where]
    reason = "ValueError: no such column" if where == "row" else "the table is torn"
    assert capsys.readouterr().err.count(f"m on d1 is left to its own job: {reason}") == 1


def test_without_time_nothing_of_others_is_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "squeue").write_text("#!/bin/sh\ndate +%s\n")
    (tmp_path / "squeue").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    job_work, texts = work(entry(None, command=STAND_IN), 2), prompts(4)
    assert len(run(tmp_path, job_work, [replace(job_work, what="m on d2", to_ask=lambda: iter(texts[2:]))])) == 2
    assert ahead(tmp_path) == []


def test_an_error_ends_the_job_though_others_of_its_slots_wait(tmp_path: Path) -> None:
    """Each that waits for a row is woken by the end of the one that failed, and cancelled, at the same moment."""
    job_work = work(entry(None, command=STAND_IN), 2)

    async def failing(_: dict[str, Asker], row: Row) -> list[Row]:
        await asyncio.sleep(0.2 if row["prompt_id"] == "0000" else 0.4)
        raise LonghandError("the server is gone", "m")

    def hangs(*_: object) -> None:
        raise AssertionError("the job does not end")

    signal.signal(signal.SIGALRM, hangs)
    signal.alarm(20)
    try:
        with pytest.raises(LonghandError, match="the server is gone"):
            run(tmp_path, replace(job_work, make=failing), [])
    finally:
        signal.alarm(0)


def test_the_longest_row_of_all_others_comes_first(tmp_path: Path) -> None:
    counts, texts = tmp_path / "counts", prompts(7)
    words = {row["prompt_id"]: number for row, number in zip(texts[2:], (500, 300, 100, 400, 200), strict=True)}
    one_by_one = entry(None, command=f"{STAND_IN} --counts {counts}", concurrency=1)
    job_work = replace(work(one_by_one, 2), length=lambda row: words[row["prompt_id"]])
    some, more = (replace(job_work, to_ask=lambda rows=rows: iter(rows)) for rows in (texts[2:5], texts[5:]))
    assert len(run(tmp_path, job_work, [some, more])) == 2
    first = ["start", "prompt 0", "prompt 1"]
    assert counts.read_text().splitlines() == [*first, "prompt 2", "prompt 5", "prompt 3", "prompt 6", "prompt 4"]


def test_a_row_that_took_long_lets_none_of_others_begin_near_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadline, "end_of_job", lambda: time.time() + 3600)
    monkeypatch.setattr(deadline, "_LONGER", 1e6)  # of some ms, hours
    job_work, texts = work(entry(None, command=STAND_IN), 2), prompts(3)
    assert len(run(tmp_path, job_work, [replace(job_work, to_ask=lambda: iter(texts[2:]))])) == 2
    assert ahead(tmp_path) == []


@pytest.mark.parametrize("missing", ["key", "server", None])
def test_of_others_only_what_this_job_can_ask_whole_is_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str | None
) -> None:
    """Their methods may ask several: here or at an API. Without the key or the other server, nothing is sent."""
    monkeypatch.setenv("OTHER_KEY", "" if missing == "key" else "sk-other")
    with FaultServer() as server:
        served = entry(None, command=STAND_IN)
        other = entry(server, api_key_env="OTHER_KEY")
        if missing == "server":
            other = replace(served, serving=replace(served.serving, model="other"))
        other = replace(other, serving=replace(other.serving, name="other"))
        job_work, texts = work(served, 2), prompts(3)
        both = replace(job_work, entries=job_work.entries | {"second": other}, to_ask=lambda: iter(texts[2:]))
        assert len(run(tmp_path, job_work, [both])) == 2
    assert ahead(tmp_path) == ([] if missing else ["prompt 2"])


@contextlib.contextmanager
def claimed_by_another(job_work: Work, folder: Path, until: Callable[[], None]) -> Iterator[None]:
    """Another job asks all rows of a work but the first, until a function returns."""
    identity, claimed = job_work.entry.identity, threading.Event()

    def hold() -> None:
        with Journal(folder / "journal") as journal:
            for row in [*job_work.to_ask()][1:]:
                question = [{"role": "user", "content": row["prompt"]}]
                assert journal.claim(request_id(identity, question, [0], {}))
            claimed.set()
            until()

    thread = threading.Thread(target=hold)
    thread.start()
    assert claimed.wait(20)
    yield
    thread.join()


def test_a_job_whose_last_rows_another_asks_stops_its_server_meanwhile(tmp_path: Path) -> None:
    counts, stopped = tmp_path / "counts", threading.Event()
    job_work = work(entry(None, command=f"{STAND_IN} --counts {counts}"), 2)

    def until_stopped() -> None:
        place = ServerSlots(tmp_path / "journal", job_work.entry.serving)
        wait_for(lambda: counts.exists() and "prompt 0" in counts.read_text(), 20, "the first row")
        wait_for(place.try_take, 20, "the end of the server")
        stopped.set()
        place.release()

    with claimed_by_another(job_work, tmp_path, until_stopped):
        assert [row["status"] for row in run(tmp_path, job_work, [])] == ["ok", "ok"]
    assert stopped.is_set()
    assert counts.read_text().splitlines() == ["start", "prompt 0", "start", "prompt 1"], "the other never answered"


def test_few_of_the_rows_that_wait_are_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "_MOST_WAITING", 2)
    taken, in_memory = list[Row](), list[int]()
    with FaultServer() as server:
        plain = work(entry(server, concurrency=1), 9)

        def rows() -> Iterator[Row]:
            for row in prompts(9):
                taken.append(row)
                yield row

        def look_twice() -> None:
            wait_for(lambda: len(taken) >= 3, 20, "rows that wait")
            time.sleep(2.5)
            in_memory.append(len(taken))

        with claimed_by_another(plain, tmp_path, look_twice):
            assert [row["status"] for row in run(tmp_path, replace(plain, to_ask=rows), [])] == ["ok"] * 9
        assert in_memory == [3], "one that is done, and two that wait"
        assert set(server.received.values()) == {1} and len(server.received) == 9
