"""Every fault, over real HTTP: the table is as without it, or has the stated status, or the job ends with one line."""

from __future__ import annotations

import shlex
import sys
import threading
import time
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
from fault_replies import text_for
from fault_server import FaultServer
from jobs import ROWS, generate, rows_of
from tenacity.wait import wait_random

from longhand.ask import sending
from longhand.ask.endpoints import managed
from longhand.ask.journal import Journal
from longhand.program.errors import LonghandError
from longhand.tables.files import Row, read_rows
from longhand.wire.replies import retry_after

pytestmark = pytest.mark.usefixtures("short_waits")

UNLUCKY = "prompt 5"  # the one that a fault befalls


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    """The table without faults."""
    with FaultServer() as server:
        return rows_of(generate(tmp_path_factory.mktemp("clean"), server))


def at(fault: str, attempts: int) -> Callable[[str, int], str | None]:
    """The unlucky prompt meets a fault at its first attempts."""
    return lambda prompt, before: fault if prompt == UNLUCKY and before < attempts else None


def patience(fault: str) -> dict[str, float]:
    """Settings for a reply that never ends; no other is given up for being late, however busy the machine is."""
    return {"timeout": 0.5} if fault in ("hang", "trickle") else {}


TRANSIENT = ["500", "503", "429", "429 bare", "reset", "cut", "hang", "trickle", "not JSON", "not UTF-8", "JSON list"]
TRANSIENT += ["no choices", "no message", "error in 200", "abort"]


@pytest.mark.parametrize("fault", TRANSIENT)
def test_a_passing_fault_changes_no_answer(tmp_path: Path, clean: list[Row], fault: str) -> None:
    with FaultServer(at(fault, 2)) as server:
        table = generate(tmp_path, server, **patience(fault))
    assert rows_of(table) == clean
    assert {row["prompt_id"]: row["attempts"] for row in read_rows(table)}["0005"] == 3
    assert server.received == {f"prompt {n}": 3 if n == 5 else 1 for n in range(ROWS)}


@pytest.mark.parametrize("fault", TRANSIENT)
def test_a_lasting_fault_fails_its_row_only(tmp_path: Path, clean: list[Row], fault: str) -> None:
    with FaultServer(at(fault, 99)) as server:
        table = generate(tmp_path, server, min_coverage=0.5, **patience(fault))
    rows = rows_of(table)
    assert rows[:5] + rows[6:] == clean[:5] + clean[6:]
    assert (rows[5]["status"], rows[5]["response"]) == ("failed", None)
    assert rows[5]["error"].startswith("no answer in 3 tries: ")
    assert server.received[UNLUCKY] == 3


@pytest.mark.parametrize(
    ("fault", "status", "response"),
    [
        ("null", "empty", None),
        ("empty", "empty", None),
        ("length", "truncated", text_for(UNLUCKY)),
        ("filter", "refused", None),
        ("refusal", "refused", None),
        ("filter 400", "refused", None),
        ("too long vllm", "too_long", None),
        ("too long openai", "too_long", None),
        ("max_tokens", "failed", None),
        ("400", "failed", None),
    ],
)
def test_an_answer_that_is_none_is_a_status(
    tmp_path: Path, clean: list[Row], fault: str, status: str, response: str | None
) -> None:
    with FaultServer(at(fault, 99)) as server:
        rows = rows_of(generate(tmp_path, server, min_coverage=0.5))
    assert rows[:5] + rows[6:] == clean[:5] + clean[6:]
    assert (rows[5]["status"], rows[5]["response"]) == (status, response)
    assert (rows[5]["error"] is None) == (status == "truncated")
    assert server.received[UNLUCKY] == 1


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("401", "the API refused the key: Incorrect API key provided"),
        ("501", "model 'm' or its address is unknown: Unsupported method"),
        ("404", "model 'm' or its address is unknown: The model `m` does not exist."),
        ("429 spent", "the money is spent"),
        ("400", r"gave up: HTTP 400: messages: this cannot be read; \d requests in a row"),
        ("max_tokens", "gave up: .*max_tokens=5000 cannot be greater"),
        ("500", "gave up: no answer in 3 tries: HTTP 500"),
        ("reset", "gave up: no answer in 3 tries: "),
    ],
)
def test_what_every_request_meets_ends_the_job_early(tmp_path: Path, fault: str, message: str) -> None:
    with FaultServer(lambda *_: fault) as server, pytest.raises(LonghandError, match=message):
        generate(tmp_path, server, rows=100)
    assert server.total <= (3 * 10 if fault in ("500", "reset") else 12), "of 100 rows, each tried three times"
    assert not (tmp_path / "000.parquet").exists()


def test_failures_in_a_row_end_nothing_while_an_answer_is_on_its_way(tmp_path: Path) -> None:
    """The longest texts are asked first and answered last: bad prompts meanwhile are no sign of a dead server."""

    def plan(prompt: str, _: int) -> str | None:
        return None if prompt == "prompt 0" or int(prompt[7:]) > 8 else "400"

    with FaultServer(plan, latency=0.1) as server:
        rows = rows_of(generate(tmp_path, server, concurrency=12, min_coverage=0.0))
    assert [row["status"] for row in rows] == ["ok", *["failed"] * 8, *["ok"] * 3]


def test_what_failed_is_asked_again_and_nothing_else(tmp_path: Path, clean: list[Row]) -> None:
    with FaultServer(at("500", 3)) as server:
        with pytest.raises(LonghandError, match="1 of 12 rows have no answer from m, for example: "):
            generate(tmp_path, server)
        assert server.total == ROWS + 2
        assert rows_of(generate(tmp_path, server)) == clean
        assert server.total == ROWS + 3


def test_what_got_no_answer_is_asked_last(tmp_path: Path) -> None:
    with FaultServer(lambda prompt, number: "400" if prompt == "prompt 0" and number == 0 else None) as server:
        with pytest.raises(LonghandError, match="1 of 2 rows have no answer"):
            generate(tmp_path, server, rows=2)
        server.bodies.clear()
        generate(tmp_path, server, rows=5, concurrency=1)
        sent = [body["messages"][-1]["content"] for body in server.bodies]
    assert sent == ["prompt 2", "prompt 3", "prompt 4", "prompt 0"]


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        (None, 0, 0),
        ("2.5", 2.5, 2.5),
        ("-1", 0, 0),
        ("nan", 0, 0),
        ("inf", 0, 0),
        ("9999", 9999, 9999),
        ("soon", 0, 0),
        ("in 30 s", 28, 30),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0, 0),
    ],
)
def test_retry_after_is_a_number_or_a_date(header: str | None, least: float, most: float) -> None:
    header = formatdate(time.time() + 30, usegmt=True) if header == "in 30 s" else header
    assert least <= retry_after(header) <= most


def test_retry_after_is_honoured(tmp_path: Path) -> None:
    with FaultServer(at("429", 1)) as server:
        start = time.monotonic()
        generate(tmp_path, server)
        assert time.monotonic() - start > 0.3


def test_a_server_that_comes_back_is_waited_for(tmp_path: Path, clean: list[Row], monkeypatch) -> None:
    monkeypatch.setattr(sending, "BACK_OFF", wait_random(0.1, 0.3))
    server = FaultServer(latency=0.1)
    server.start()

    def die_and_return() -> None:
        while not server.answered:
            time.sleep(0.01)
        server.stop()
        time.sleep(0.4)
        server.start()

    accident = threading.Thread(target=die_and_return)
    accident.start()
    table = generate(tmp_path, server, concurrency=2, tries=20)
    accident.join()
    server.stop()
    assert rows_of(table) == clean


def test_the_number_in_flight_follows_the_servers_capacity(tmp_path: Path) -> None:
    with FaultServer(latency=0.02, capacity=6) as server:
        table = generate(tmp_path, server, rows=300, concurrency=48, tries=8)
    assert {row["status"] for row in read_rows(table)} == {"ok"}
    assert server.highest <= 48
    print(f"turned away: {server.turned_away} of {server.total}")
    assert server.turned_away < 150


# Servers that the job starts: the fault server in place of vLLM.


def managed_server(tmp_path: Path, **flags: Any) -> dict[str, Any]:
    return {
        "command": shlex.join([sys.executable, str(Path(__file__).with_name("fault_server.py"))]),
        "engine": {"counts": str(tmp_path / "counts"), **flags},
        "timeout": 5,
    }


def starts(tmp_path: Path) -> int:
    return (tmp_path / "counts").read_text().splitlines().count("start")


def test_a_server_that_starts_slowly_is_waited_for(tmp_path: Path, clean: list[Row]) -> None:
    table = generate(tmp_path, None, **managed_server(tmp_path, **{"start-delay": 1}))
    assert rows_of(table) == clean and {row["server"] for row in read_rows(table)} == {"vllm 0.14.0"}
    assert starts(tmp_path) == 1


def test_a_server_that_never_listens_is_given_up(tmp_path: Path) -> None:
    settings = managed_server(tmp_path, never=True) | {"startup_timeout": 1.5}
    with pytest.raises(LonghandError, match="not healthy after 2 s .* it last said: loading weights"):
        generate(tmp_path, None, **settings)


def test_a_server_that_dies_is_started_again(tmp_path: Path, clean: list[Row]) -> None:
    assert (
        rows_of(generate(tmp_path, None, tries=6, concurrency=1, **managed_server(tmp_path, **{"die-after": 5})))
        == clean
    )
    assert starts(tmp_path) == 3


def test_a_server_that_keeps_dying_ends_the_job_with_its_last_words(tmp_path: Path, capsys) -> None:
    with pytest.raises(LonghandError, match="the server died 3 times; it last said: CUDA error: out of luck"):
        generate(tmp_path, None, tries=9, concurrency=1, **managed_server(tmp_path, **{"die-after": 2}))
    assert starts(tmp_path) == managed._DEATHS
    assert "loading weights" in capsys.readouterr().err
    with Journal(tmp_path / "journal") as journal, journal.file("models/m/000") as file:
        assert len(file.path.read_text().splitlines()) == 6, "what was answered is kept"
