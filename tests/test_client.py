"""The client over jobs: asked once, whoever asks; stopped or out of disk without a loss."""

from __future__ import annotations

import os
import pty
import resource
import signal
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from fault_server import FaultServer
from jobs import ROWS, command, entry, finished, spend, start, work
from patience import wait_for

from longhand.ask import journal
from longhand.ask.job import run_job
from longhand.ask.journal import Journal
from longhand.ask.lasting import FaultNotes
from longhand.ask.lines import read_answers
from longhand.ask.work import Table
from longhand.methods import direct
from longhand.program.errors import LonghandError
from longhand.tables.files import Row, read_rows
from longhand.tables.schemas import RESPONSES
from longhand.wire.answer import Answer
from longhand.wire.asker import Asker

ANSWER = Answer("0" * 64, "text", "stop", 3, 5, 0.5, 1)


def test_two_jobs_that_need_the_same_answers_ask_once(tmp_path: Path) -> None:
    with FaultServer(latency=0.2) as server:
        jobs = [start(command(tmp_path, server.url, dataset)) for dataset in ("d", "e")]
        assert [job.communicate()[0] and job.returncode for job in jobs] == [0, 0]
    assert server.received == {f"prompt {n}": 1 for n in range(ROWS)}
    tables = [[row | {"seconds": 0} for row in read_rows(tmp_path / f"{dataset}.parquet")] for dataset in ("d", "e")]
    assert tables[0] == tables[1]


def test_a_table_is_written_from_the_journal_alone(tmp_path: Path) -> None:
    """A method whose questions depend on more than its row and earlier answers is told so, and sends nothing more."""
    times = Counter[str]()

    async def make(askers: Mapping[str, Asker], row: Row) -> list[Row]:
        times[row["prompt_id"]] += 1
        return await direct.Method({}).make(askers, row | {"prompt": f"time {times[row['prompt_id']]}"})

    with FaultServer() as server:
        capricious = replace(work(entry(server), 1), make=make)
        table, faults = Table(tmp_path / "t.parquet", RESPONSES, "step"), FaultNotes("step", "m", "d")
        with pytest.raises(LonghandError, match="step 'write' 0 of m's method asks something new while"):
            run_job(capricious, table, tmp_path / "journal", tmp_path / "log", faults)
        assert server.received == {"time 1": 1}
    assert not table.out.exists()


def test_one_more_row_asks_one_question(tmp_path: Path) -> None:
    with FaultServer() as server:
        finished(command(tmp_path, server.url))
        finished(command(tmp_path, server.url, rows=ROWS + 1))
        assert server.total == ROWS + 1
        finished(command(tmp_path, "http://127.0.0.1:9/v1", concurrency=1))  # elsewhere, in another way: the same


def test_what_another_job_answers_meanwhile_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "_CATCH_UP_EVERY", 0)
    with Journal(tmp_path) as one, Journal(tmp_path) as two, two.file("models/m/001") as other:
        assert one.get(ANSWER.id) is None
        other.add(ANSWER)
        with other.path.open("ab") as file:
            file.write(b'{"v": 1, "id": "')  # another line is on its way
        assert one.get(ANSWER.id) == ANSWER
        assert not one.claim(ANSWER.id)


def test_a_damaged_line_is_asked_again_once(tmp_path: Path) -> None:
    with FaultServer() as server:
        finished(command(tmp_path, server.url))
        path = tmp_path / "journal/models/m/d/000.jsonl"
        path.write_bytes(path.read_bytes().replace(b'"text": "prompt 3', b'"text": "prompt" 3'))
        for _ in range(2):
            finished(command(tmp_path, server.url))
        assert server.received == {f"prompt {n}": 2 if n == 3 else 1 for n in range(ROWS)}


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopped_by_a_signal(tmp_path: Path, number: signal.Signals, status: int) -> None:
    with FaultServer(latency=0.3) as server:
        job = start(command(tmp_path, server.url))
        journal = tmp_path / "journal/models/m/d/000.jsonl"
        wait_for(lambda: journal.exists() and journal.read_bytes().count(b"\n") >= 4, 10, "answers")
        job.send_signal(number)
        output, _ = job.communicate(timeout=10)
        assert job.returncode == status
        assert "Traceback" not in output
        assert output.splitlines()[-1].endswith("finished answers are in the journal")
        kept = spend(tmp_path)["answers"]
        assert kept >= 4
        asked_before = server.total
        finished(command(tmp_path, server.url))
        assert server.total == asked_before + ROWS - kept


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_server_of_its_own_stops_with_the_job(tmp_path: Path, number: signal.Signals) -> None:
    words = command(tmp_path, None, backend="demo", engine={"latency": 60}, tries=1)
    job = start(words)
    children: list[psutil.Process] = []

    def serving() -> bool:
        children[:] = psutil.Process(job.pid).children(recursive=True)
        return len(children) == 2 and "healthy" in os.read(output, 4096).decode()

    assert job.stdout is not None
    output = job.stdout.fileno()
    os.set_blocking(output, True)
    wait_for(serving, 10, "server")
    job.send_signal(number)
    job.wait(10)
    _, alive = psutil.wait_procs(children, timeout=10)
    assert alive == []


def test_a_full_disk_while_journaling(tmp_path: Path) -> None:
    limit = 1500  # bytes; a file that may not grow looks like a full disk to its writer
    with FaultServer() as server:
        words = command(tmp_path, server.url)
        output = finished(words, status=1, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
        assert len([line for line in output.splitlines() if line.startswith("error: cannot write the journal")]) == 1
        kept = len(list(read_answers(tmp_path / "journal/models/m/d/000.jsonl")))
        assert 0 < kept < ROWS
        asked_before = server.total
        finished(words)
        assert server.total == asked_before + ROWS - kept
    assert [row["status"] for row in read_rows(tmp_path / "d.parquet")] == ["ok"] * ROWS


def test_a_full_disk_while_writing_the_table(tmp_path: Path) -> None:
    with FaultServer() as server:
        words = command(tmp_path, server.url)
        finished(words)
        table = (tmp_path / "d.parquet").read_bytes()
        output = finished(words, status=1, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (400, 400)))
        assert "error: cannot write the table: " in output
        assert (tmp_path / "d.parquet").read_bytes() == table, "the old table is as it was"
        assert not list(tmp_path.glob(".*"))
        assert server.total == ROWS


@pytest.mark.parametrize("shown", [True, False])
def test_the_bar_is_in_the_terminal_and_not_in_the_log(tmp_path: Path, shown: bool) -> None:
    with FaultServer(latency=0.5) as server:
        words = command(tmp_path, server.url)
        log = tmp_path / "log"
        pid, terminal = pty.fork()
        if pid == 0:
            os.environ["LONGHAND_PROGRESS"] = "1" if shown else "0"
            with log.open("wb") as file:
                os.dup2(file.fileno(), 1)
                os.dup2(file.fileno(), 2)
                os.execv(words[0], words)
        seen = b""
        while True:
            try:
                seen += os.read(terminal, 4096)
            except OSError:  # the other side is closed
                break
        os.close(terminal)
        assert os.waitpid(pid, 0)[1] == 0
    assert ("━╌".encode() in seen) == (b"m on d:" in seen) == shown
    assert seen.count(b"\n") == 0, "one line, drawn again and again"
    assert b"\x1b" not in log.read_bytes()
