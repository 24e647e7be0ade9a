"""A judge that asks in batches and what a provider may do: half answered, expired, cancelled, refused, late, lost."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from aiohttp import web
from batch_run import ROWS, BatchRun
from batch_server import BatchServer
from fault_replies import error
from killed_steps import Ended

from longhand.tables.files import Row


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    """What a judge says that is asked live."""
    with BatchServer() as server:
        run = BatchRun(tmp_path_factory.mktemp("live"), server, batch=False, batch_price=None)
        assert run.judge().status == 0
        return run.judgements()


@pytest.fixture
def server() -> Iterator[BatchServer]:
    with BatchServer() as server:
        yield server


def submitted(folder: Path, server: BatchServer) -> BatchRun:
    run = BatchRun(folder, server)
    ended = run.submit()
    assert ended.status == 0, ended.output
    return run


def not_finished(ended: Ended) -> bool:
    """Whether a step ended cleanly, with one line."""
    *_, last = ended.output.splitlines()
    return ended.status == 1 and last.startswith("not finished: ") and "Traceback" not in ended.output


def failed(ended: Ended) -> str:
    """The error of a step, which is one line."""
    (line,) = [line for line in ended.output.splitlines() if line.startswith("error: ")]
    assert ended.status == 1 and "Traceback" not in ended.output, ended.output
    return line


def check(run: BatchRun, live: list[Row], by_batch: int) -> None:
    """The table is that of a live judge, each answer was paid once, and so many came in batches."""
    assert run.judgements() == live
    assert run.server.paid.total() == len(run.server.paid) == ROWS
    assert run.server.paid_by_batch.total() == by_batch


def test_a_batch_is_submitted_and_collected_and_nothing_waits(
    tmp_path: Path, server: BatchServer, live: list[Row]
) -> None:
    run = submitted(tmp_path, server)
    for state, done in (("validate", 0), ("half", ROWS // 2), ("finalize", ROWS)):
        server.work(state)
        ended = run.judge()
        assert not_finished(ended) and not run.table.exists()
        line = f"not finished: 1 of 1 batch is under way ({done} of {ROWS} requests done); run again later\n"
        assert ended.output.endswith(line)
    assert server.called["batches.create"] == 1 and server.received.total() == ROWS, "nothing is asked live"
    server.work("complete")
    ended = run.judge()
    assert ended.status == 0, ended.output
    check(run, live, ROWS)
    before = server.called.copy()
    run.table.unlink()
    assert run.judge().status == 0, "all is in the journal"
    assert server.called == before
    check(run, live, ROWS)


def test_lines_that_fail_are_asked_live_once_the_batch_is_over(
    tmp_path: Path, server: BatchServer, live: list[Row]
) -> None:
    seen = list[tuple[str, ...]]()

    def plan(prompt: str, times: int) -> str | None:
        if times:
            seen.append(tuple(batch.status for batch in server.batches.values()))
        return "500" if times == 0 and int(prompt[-1]) % 2 else None

    server.plan = plan
    run = submitted(tmp_path, server)
    server.work("finalize")
    assert not_finished(run.judge()) and not seen
    server.work("complete")
    assert run.judge().status == 0
    assert seen == [("completed",)] * (ROWS // 2)
    check(run, live, ROWS // 2)


def test_a_batch_without_any_answer_has_no_output(tmp_path: Path, server: BatchServer, live: list[Row]) -> None:
    server.plan = lambda _, times: None if times else "500"
    run = submitted(tmp_path, server)
    server.work("complete")
    (batch,) = server.batches.values()
    assert batch.status == "completed" and batch.output_file_id is None
    assert run.judge().status == 0
    check(run, live, 0)


@pytest.mark.parametrize("end", ["expire", "cancelled"])
def test_what_a_batch_ended_before_is_asked_live(
    tmp_path: Path, server: BatchServer, live: list[Row], end: str
) -> None:
    """Expired; or cancelled, by the user at the provider's page."""
    run = submitted(tmp_path, server)
    server.work("half")
    if end == "cancelled":
        client = openai.OpenAI(base_url=server.url, api_key="none")
        client.batches.cancel(client.batches.list().data[0].id)
        assert not_finished(run.judge()), "answers may still come"
    server.work(end)
    assert run.judge().status == 0
    check(run, live, ROWS // 2)


def test_what_is_still_answered_while_a_batch_is_cancelled_is_not_asked_live(
    tmp_path: Path, server: BatchServer, live: list[Row]
) -> None:
    submitted(tmp_path, server)
    server.work("validate")
    run = BatchRun(tmp_path, server, batch=False)
    assert not_finished(run.judge()) and server.called["batches.cancel"] == 1
    assert not_finished(run.judge()), "nothing has come, and something may"
    server.work("half")
    assert not_finished(run.judge()) and server.received.total() == ROWS // 2
    server.work("cancelled")
    assert run.judge().status == 0
    check(run, live, ROWS // 2)


@pytest.mark.parametrize(("fault", "lag"), [("reset after", 0), ("500 after", 1), ("half after", 2)])
def test_a_batch_whose_creation_got_no_reply_is_found_by_its_key(
    tmp_path: Path, server: BatchServer, live: list[Row], fault: str, lag: int
) -> None:
    """Also where the list of batches shows it late."""
    server.calls, server.lag, server.page = lambda call, times: fault if call == "batches.create" else None, lag, 2
    run = BatchRun(tmp_path, server)
    for _ in range(lag):
        assert not_finished(run.submit())
    assert run.submit().status == 0
    server.work("complete")
    assert run.judge().status == 0
    assert len(server.batches) == 1
    check(run, live, ROWS)


@pytest.mark.parametrize("fault", ["500", "500 after", "reset after", "half after", "429", "not JSON", "JSON list"])
def test_faults_that_pass_change_nothing(tmp_path: Path, server: BatchServer, live: list[Row], fault: str) -> None:
    """One at the first call of each kind."""
    server.calls = lambda call, times: None if times else fault
    run = BatchRun(tmp_path, server)
    legs = run.finish()
    assert len(legs) <= 4, [leg.output for leg in legs]
    check(run, live, ROWS)
    assert len(server.batches) == 1


def test_an_input_that_the_provider_refuses_is_no_answer(tmp_path: Path, server: BatchServer, live: list[Row]) -> None:
    server.most = ROWS - 1
    run = submitted(tmp_path, server)
    server.work("complete")
    assert "too_many_tasks" in failed(run.judge())
    assert not server.received, "nothing is asked live"
    server.most = ROWS
    run.finish()
    check(run, live, ROWS)


@pytest.mark.parametrize("counts", [None, {}, {"completed": 0, "failed": 0, "total": ROWS}], ids=str)
@pytest.mark.parametrize("shown", [0, 1])
def test_a_completed_batch_that_shows_less_than_it_had_is_looked_at_again(
    tmp_path: Path, server: BatchServer, live: list[Row], counts: Any, shown: int
) -> None:
    """Whatever it counts: its files may come late."""
    run = submitted(tmp_path, server)
    server.work("complete")
    (batch,) = server.batches.values()
    output = server.files[str(batch.output_file_id)]
    whole, late = output.content, {} if shown else {"output_file_id": None}

    async def odd(*_: object) -> web.Response:
        return web.json_response(batch.to_json() | {"request_counts": counts} | late)

    output.content = b"".join(whole.splitlines(keepends=True)[:shown])
    server.calls = lambda call, _: odd if call == "batches.retrieve" else None
    ended = run.judge()
    line = f"not finished: batch batch_0000 has answered {ROWS} requests, and its output has {shown} of them"
    assert not_finished(ended) and line in ended.output
    output.content, server.calls = whole, lambda *_: None
    assert run.judge().status == 0
    check(run, live, ROWS)


WITHOUT: list[dict[str, Any]] = [
    {"batch": None},
    {"batch": ""},
    {"batch": "\ud800"},
    {"status": "paused"},
    {"status": "creating", "creating": None},
    {"status": "creating", "creating": math.nan},
    {"status": "creating", "creating": 10**400},
]


@pytest.mark.parametrize("fields", WITHOUT, ids=lambda fields: ascii(fields)[:60])
def test_a_state_without_what_its_status_has_to_have_is_not_taken_for_a_batch_that_is_gone(
    tmp_path: Path, server: BatchServer, fields: dict[str, Any]
) -> None:
    run = submitted(tmp_path, server)
    server.work("complete")
    whole = run.states[0].read_text(encoding="utf-8")
    run.states[0].write_text(json.dumps(json.loads(whole) | fields), encoding="utf-8")
    called = server.called.copy()
    assert "error: the state of a batch cannot be read" in failed(run.judge()) and server.called == called


def test_an_output_that_is_gone_for_ever_holds_nobody_who_gives_up(tmp_path: Path, server: BatchServer) -> None:
    """It is paid again only once `batch` is taken out."""
    run = submitted(tmp_path, server)
    server.work("complete")

    async def gone(*_: object) -> web.Response:
        return error(410, "the file has expired")

    server.calls = lambda call, _: gone if call == "files.content" else None
    line = "the batch API refuses the content of file file-0001: HTTP 410: the file has expired"
    assert line in failed(run.judge()) and "take `batch` out of judge j" in failed(run.judge())
    assert server.paid.total() == ROWS
    run.submitted.unlink()
    run = BatchRun(tmp_path, server, batch=False)
    assert not_finished(run.judge()) and run.judge().status == 0
