"""The client over jobs: asked once, whoever asks; stopped, out of disk or out of money without a loss."""

from __future__ import annotations

import json
import os
import pty
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from fault_server import FaultServer
from running import CHECKOUT

from longhand import journal
from longhand.config import load_config
from longhand.errors import LonghandError
from longhand.identity import Identity, Serving
from longhand.journal import Answer, Journal, read_answers
from longhand.tables import PROMPTS, read_rows, write_table

ROWS = 12
ANSWER = Answer("0" * 64, "text", "stop", 3, 5, 0.5, 1)
DOLLAR_A_TOKEN = {"input": 0, "output": 1e6}  # the server says 20 tokens for each answer, at most 100 are allowed


def command(folder: Path, url: str | None, shard: str = "000", rows: int = ROWS, **settings: Any) -> list[str]:
    """The command line of a generate job; its files go to `folder`."""
    prompts = folder / f"prompts-{rows}.parquet"
    if not prompts.exists():
        nothing = dict.fromkeys(PROMPTS.names) | {"language": "en"}
        texts = [nothing | {"prompt_id": f"{n:04d}", "prompt": f"prompt {n}"} for n in range(rows)]
        write_table(prompts, texts, PROMPTS, "test")
    serving = Serving(**{"name": "m", "backend": "openai", "model": "m", "base_url": url, "concurrency": 4} | settings)
    arguments = {
        "prompts": prompts,
        "identity": Identity("openai", "m", sampling={"max_tokens": 100}).to_json(),
        "serving": serving.to_json(),
        "samples": 1,
        "journal": folder / "journal",
        "shard": shard,
        "server-log": folder / "server.log",
        "out": folder / f"{shard}.parquet",
    }
    words = [sys.executable, str(CHECKOUT / "scripts/generate_responses.py")]
    return words + [str(word) for name, value in arguments.items() for word in (f"--{name}", value)]


def start(words: list[str], **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)


def finished(words: list[str], status: int = 0, **options: Any) -> str:
    """Runs a command; its output, which is never a traceback."""
    process = start(words, **options)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == status, output
    assert "Traceback" not in output, output
    return output


def spend(folder: Path, shard: str = "000") -> dict[str, Any]:
    return json.loads((folder / f"journal/{shard}.spend.json").read_text())


def wait_for(condition: Callable[[], object]) -> None:
    for _ in range(1000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("this took too long")


def test_two_jobs_that_need_the_same_answers_ask_once(tmp_path: Path) -> None:
    with FaultServer(latency=0.2) as server:
        jobs = [start(command(tmp_path, server.url, shard)) for shard in ("000", "001")]
        assert [job.communicate()[0] and job.returncode for job in jobs] == [0, 0]
    assert server.asked == {f"prompt {n}": 1 for n in range(ROWS)}
    tables = [[row | {"seconds": 0} for row in read_rows(tmp_path / f"{shard}.parquet")] for shard in ("000", "001")]
    assert tables[0] == tables[1]


def test_one_more_row_asks_one_question(tmp_path: Path) -> None:
    with FaultServer() as server:
        finished(command(tmp_path, server.url))
        finished(command(tmp_path, server.url, rows=ROWS + 1))
        assert server.total == ROWS + 1
        finished(command(tmp_path, "http://127.0.0.1:9/v1", concurrency=1))  # elsewhere, in another way: the same


def test_what_another_job_answers_meanwhile_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "_CATCH_UP_EVERY", 0)
    with Journal(tmp_path, "000") as one, Journal(tmp_path, "001") as other:
        assert one.get(ANSWER.id) is None
        other.add(ANSWER)
        with other.path.open("ab") as file:
            file.write(b'{"v": 1, "id": "')  # another line is on its way
        assert one.get(ANSWER.id) == ANSWER
        assert not one.claim(ANSWER.id)


def test_a_damaged_line_is_asked_again_once(tmp_path: Path) -> None:
    with FaultServer() as server:
        finished(command(tmp_path, server.url))
        path = tmp_path / "journal/000.jsonl"
        path.write_bytes(path.read_bytes().replace(b'"text": "prompt 3', b'"text": "prompt" 3'))
        for _ in range(2):
            finished(command(tmp_path, server.url))
        assert server.asked == {f"prompt {n}": 2 if n == 3 else 1 for n in range(ROWS)}


def test_spend_is_summed_over_legs(tmp_path: Path) -> None:
    price = {"input": 1.0, "output": 10.0}
    with FaultServer(lambda prompt, before: "500" if prompt == "prompt 1" and not before else None) as server:
        finished(command(tmp_path, server.url, rows=5, price=price))
        first = spend(tmp_path)
        output = finished(command(tmp_path, server.url, price=price))
    assert first["answers"] == 5
    assert spend(tmp_path) | {"seconds": 0} == {
        "answers": 12,
        "requests": 13,
        "retries": 1,
        "prompt_tokens": 120,
        "completion_tokens": 240,
        "seconds": 0,
        "usd": 0.00252,
    }
    assert "spent in all legs of this job: 12 answers, 13 requests, 1 retries" in output
    assert "12 of 12 rows, 7 answers" in output


def test_a_budget_is_not_passed(tmp_path: Path) -> None:
    settings = {"price": DOLLAR_A_TOKEN, "budget": 200}
    with FaultServer(latency=0.02) as server:
        output = finished(command(tmp_path, server.url, **settings), status=1)
        # 6 answers cost 120; the next could cost 100.
        said = "error: the budget of 200 USD ends here: 120.0000 are spent, the next request may cost 100.0000 (budget"
        assert said in output
        assert server.total == 6
        finished(command(tmp_path, server.url, **settings), status=1)
        assert server.total == 6
        finished(command(tmp_path, server.url, **settings | {"budget": 320}))
        assert server.total == ROWS
        finished(command(tmp_path, server.url, **settings | {"budget": 1}))  # what is paid for can be had


def test_a_budget_holds_over_jobs_at_the_same_time(tmp_path: Path) -> None:
    with FaultServer(latency=0.05) as server:
        settings = {"price": DOLLAR_A_TOKEN, "budget": 300}
        jobs = [start(command(tmp_path, server.url, f"{n:03d}", rows=ROWS + n, **settings)) for n in range(3)]
        outputs = [job.communicate()[0] for job in jobs]
    assert all("error: the budget of 300 USD ends here: 220.0000 are spent" in output for output in outputs), outputs
    assert server.total == 11
    answers = [answer for path in (tmp_path / "journal").rglob("*.jsonl") for answer, _ in read_answers(path)]
    assert len(answers) == 11


def test_a_killed_jobs_reserve_counts_no_more(tmp_path: Path) -> None:
    settings = {"price": DOLLAR_A_TOKEN, "budget": 400}
    with FaultServer(latency=30) as server:
        job = start(command(tmp_path, server.url, "999", **settings))
        wait_for(lambda: server.in_flight == 4)
        job.kill()
        job.communicate()
        server.latency = 0
        finished(command(tmp_path, server.url, "000", rows=5, **settings))
        finished(command(tmp_path, server.url, "999", **settings))  # the same job again


def test_a_budget_needs_a_price() -> None:
    reached = {"backend": "openai", "model": "m", "base_url": "http://x/v1", "budget": 5.0}
    price = {"price": {"input": 1, "output": 2}}
    for settings in (reached, reached | price | {"sampling": {"max_tokens": None}}):
        with pytest.raises(LonghandError, match="budget needs a price, and max_tokens .*config judges.j"):
            load_config({"judges": {"j": settings}})
    assert load_config({"judges": {"j": reached | price}}).judges["j"].serving.budget == 5.0


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopped_by_a_signal(tmp_path: Path, number: signal.Signals, status: int) -> None:
    with FaultServer(latency=0.3) as server:
        job = start(command(tmp_path, server.url))
        wait_for(lambda: server.answered.total() >= 4 and server.in_flight)
        time.sleep(0.1)
        job.send_signal(number)
        output, _ = job.communicate(timeout=10)
        assert job.returncode == status
        assert "Traceback" not in output
        assert output.splitlines()[-1].endswith("finished answers are in the journal")
        kept = spend(tmp_path)["answers"]
        assert kept >= 4
        asked = server.total
        finished(command(tmp_path, server.url))
        assert server.total == asked + ROWS - kept


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
    wait_for(serving)
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
        kept = len(list(read_answers(tmp_path / "journal/000.jsonl")))
        assert 0 < kept < ROWS
        asked = server.total
        finished(words)
        assert server.total == asked + ROWS - kept
    assert [row["status"] for row in read_rows(tmp_path / "000.parquet")] == ["ok"] * ROWS


def test_a_full_disk_while_writing_the_table(tmp_path: Path) -> None:
    with FaultServer() as server:
        words = command(tmp_path, server.url)
        finished(words)
        table = (tmp_path / "000.parquet").read_bytes()
        output = finished(words, status=1, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (400, 400)))
        assert "error: cannot write the table: " in output
        assert (tmp_path / "000.parquet").read_bytes() == table, "the old table is as it was"
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
    assert ("━╌".encode() in seen) == (b"m on 000:" in seen) == shown
    assert seen.count(b"\n") == 0, "one line, drawn again and again"
    assert b"\x1b" not in log.read_bytes()
