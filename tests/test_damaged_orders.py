"""What became of a run's notes, or of a rubric, while its jobs run never fails a job that writes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fault_replies import VERDICT
from fault_server import FaultServer
from jobs import ROWS, rows_of
from ordered import NAME, RUBRIC_FILE, judging, plan, work_off, write_prompts, write_rubric, writing

from longhand.ask.lasting import RUN
from longhand.program.errors import LonghandError

pytestmark = pytest.mark.usefixtures("short_waits")


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultServer]:
    """A server, and in this folder a run that has planned responses and their verdicts."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(RUN, NAME)
    write_prompts("d", ROWS)
    write_rubric()
    with FaultServer() as server:
        plan(writing(server), judging(server), makes=[RUBRIC_FILE])
        yield server


def verdicts(server: FaultServer) -> int:
    return sum(number for question, number in server.received.items() if VERDICT in question)


def is_whole(server: FaultServer) -> bool:
    """Whether the job that writes makes its table, all of it."""
    return [row["status"] for row in rows_of(work_off(writing(server)))] == ["ok"] * ROWS


@pytest.mark.parametrize(
    "data", [b"", b'{"orders": [', b"[]", b"null", b"\xff", b'{"orders": [{"step": 1}], "makes": []}', b'{"orders": 3}']
)
def test_damaged_orders(server: FaultServer, capsys: pytest.CaptureFixture[str], data: bytes) -> None:
    Path("work/.runs", NAME, "orders.json").write_bytes(data)
    assert is_whole(server)
    assert capsys.readouterr().err.count("orders.json cannot be read") == 1
    assert not verdicts(server)


@pytest.mark.parametrize("data", [f"\0\0\n{RUBRIC_FILE}\n".encode(), b"\xff\n" + RUBRIC_FILE.encode() + b"\n", None])
def test_a_damaged_list_of_what_was_made(server: FaultServer, data: bytes | None) -> None:
    made = Path("work/.runs", NAME, "made")
    made.write_bytes(data) if data is not None else made.mkdir()
    assert is_whole(server)
    assert verdicts(server) == (ROWS if data is not None else 0)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b"\xff"])
def test_a_damaged_rubric_is_one_line_of_the_judging_step(server: FaultServer, data: bytes) -> None:
    assert is_whole(server)
    Path(RUBRIC_FILE).write_bytes(data)
    with pytest.raises(LonghandError, match=f"the rubric cannot be read .*{RUBRIC_FILE}.*delete it"):
        work_off(judging(server))


def test_notes_that_are_deleted_meanwhile(server: FaultServer) -> None:
    plan(writing(server), judging(server))
    server.plan = lambda *_: shutil.rmtree("work", ignore_errors=True)
    assert is_whole(server)
