"""How batches end: refused, expired, given up, lost on the way; and what a killed leg left is found again."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from batch_jobs import change, collect, judging, states, submit
from batch_server import BatchServer
from fault_replies import error
from jobs import ROWS, rows_of

from longhand.ask.batches.submit import LAG
from longhand.ask.entry_files import EntryFiles
from longhand.ask.lines import read_answers
from longhand.ask.locks import ByteLocks
from longhand.ask.spend import paid_in, usd_at_most
from longhand.program.errors import LonghandError, NotFinished
from longhand.wire.price import with_batch


@pytest.fixture
def server() -> Iterator[BatchServer]:
    with BatchServer() as running:
        yield running


def in_batches(folder: Path) -> list[bool]:
    """Of each answer, whether it came in a batch."""
    return [answer.batch for answer, _ in read_answers(folder / "journal/judges/j/d/m/000.jsonl")]


def test_what_an_expired_batch_left_is_asked_live(tmp_path: Path, server: BatchServer) -> None:
    submit(tmp_path, judging(server))
    server.work("half")
    server.work("expire")
    collect(tmp_path, judging(server))
    assert in_batches(tmp_path) == [True] * 6 + [False] * 6
    assert set(server.paid.values()) == {1}


def test_a_judge_without_batch_cancels_collects_and_goes_live(tmp_path: Path, server: BatchServer) -> None:
    submit(tmp_path, judging(server))
    server.work("half")
    with pytest.raises(NotFinished) as raised:
        collect(tmp_path, judging(server, batch=False))
    assert str(raised.value) == (
        "not finished: 1 of 1 batch is being cancelled (6 of 12 requests done); run again later"
    )
    with pytest.raises(NotFinished):
        collect(tmp_path, judging(server, batch=False))
    assert server.called["batches.cancel"] == 1 and server.total == ROWS // 2
    server.work("cancelled")
    collect(tmp_path, judging(server, batch=False))
    assert in_batches(tmp_path) == [True] * 6 + [False] * 6
    assert set(server.paid.values()) == {1}


def test_a_batch_that_is_over_when_it_is_given_up_is_collected(tmp_path: Path, server: BatchServer) -> None:
    """It ends between the look at it and the word that cancels it."""

    async def over(_: web.Request, __: dict[str, Any]) -> web.StreamResponse:
        await server._work("complete")
        return error(409, "Cannot cancel a batch with status 'completed'.")

    submit(tmp_path, judging(server))
    server.work("half")
    server.calls = lambda call, _: over if call == "batches.cancel" else None
    collect(tmp_path, judging(server, batch=False))
    assert in_batches(tmp_path) == [True] * ROWS


def test_a_refused_batch_is_never_asked_live_and_submitted_anew(tmp_path: Path) -> None:
    with BatchServer(most=5) as server:
        submit(tmp_path, judging(server))
        server.work("validate")
        with pytest.raises(LonghandError, match="the provider refused a batch: too_many_tasks: ") as raised:
            collect(tmp_path, judging(server))
        assert not isinstance(raised.value, NotFinished)
        assert [state.status for state in states(tmp_path)] == ["failed"]
        server.most = 50_000
        with pytest.raises(NotFinished, match="1 of 1 batch is under way"):
            collect(tmp_path, judging(server))
        server.work("complete")
        collect(tmp_path, judging(server))
        assert in_batches(tmp_path) == [True] * ROWS and server.total == ROWS
        assert sorted(state.result["status"] for state in states(tmp_path)) == ["completed", "failed"]


def test_a_refused_batch_is_asked_live_once_batches_are_given_up(tmp_path: Path) -> None:
    with BatchServer(most=5) as server:
        submit(tmp_path, judging(server))
        server.work("validate")
        collect(tmp_path, judging(server, batch=False))
        assert in_batches(tmp_path) == [False] * ROWS


@pytest.mark.parametrize("fault", ["500 after", "reset after", "half after", "503"])
def test_a_batch_whose_creation_got_no_reply_is_found_in_the_list(tmp_path: Path, fault: str) -> None:
    """Found on the third page; or not created at all: then nothing is sent until that is sure."""
    calls = {"batches.create": fault}
    with BatchServer(calls=lambda call, times: calls.get(call), page=1, lag=0) as server:
        calls.clear()
        submit(tmp_path / "a", judging(server, rows=1, file="another/m/000"))
        calls["batches.create"] = fault
        if fault.endswith("after"):
            assert [state.batch for state in submit(tmp_path, judging(server))] == ["batch_0001"]
        else:
            with pytest.raises(NotFinished, match="the list of batches does not show it"):
                submit(tmp_path, judging(server))
            calls.clear()
            with pytest.raises(NotFinished):
                collect(tmp_path, judging(server))
            assert server.total == 0 and server.called["batches.create"] == 2
            change(tmp_path, creating=time.time() - LAG - 1)
            (before,) = states(tmp_path)
            (state,) = submit(tmp_path, judging(server))
            assert [each.key for each in states(tmp_path)] == [state.key] != [before.key]
        server.work("complete")
        collect(tmp_path, judging(server))
        assert in_batches(tmp_path) == [True] * ROWS
        assert len(server.batches) == 2


def test_a_list_that_lags_behind_is_waited_for(tmp_path: Path) -> None:
    calls = {"batches.create": "reset after"}
    with BatchServer(calls=lambda call, _: calls.get(call), lag=2) as server:
        for _ in range(2):
            with pytest.raises(NotFinished):
                submit(tmp_path, judging(server))
        assert [state.batch for state in submit(tmp_path, judging(server))] == ["batch_0000"]
        assert server.called["batches.create"] == 1


def test_a_batch_without_a_reply_is_created_again_by_the_users_word_or_after_a_day(tmp_path: Path) -> None:
    calls = {"batches.create": "reset"}
    with BatchServer(calls=lambda call, _: calls.get(call)) as server:
        with pytest.raises(NotFinished) as raised:
            submit(tmp_path, judging(server))
        calls.clear()
        (state,) = states(tmp_path)
        assert f"page shows no {state.key} after an hour, remove this file" in str(raised.value)
        change(tmp_path, creating=time.time() - 23 * 3600)
        for step in (submit, collect):
            with pytest.raises(NotFinished):
                step(tmp_path, judging(server))
        assert server.called["batches.create"] == 1 and server.total == 0
        (tmp_path / f"journal/judges/j/batches/{state.key}.json").unlink()
        assert [state.batch for state in submit(tmp_path, judging(server))] == ["batch_0000"]


def test_what_was_never_created_is_forgotten(tmp_path: Path, server: BatchServer) -> None:
    """A leg that was killed before, while or after its file was uploaded."""
    for file in (None, "file-0000"):
        (first, *_) = submit(tmp_path, judging(server))
        change(tmp_path, status="new", batch=None, creating=None, file=file)
        server.batches.clear()
        (state,) = submit(tmp_path, judging(server))
        assert state.key != first.key and [each.key for each in states(tmp_path)] == [state.key]
        change(tmp_path, status="new")
        collect(tmp_path / "unused", judging(server, batch=False, rows=0))


def test_nothing_is_created_where_the_provider_refuses(tmp_path: Path) -> None:
    faults = {"files.create": "404", "batches.create": "400"}
    for call in faults:
        with BatchServer(calls=lambda name, _, call=call: faults[call] if name == call else None) as server:
            with pytest.raises(LonghandError, match="the batch API refuses .*: HTTP 40") as raised:
                submit(tmp_path, judging(server))
            assert "take `batch` out of judge j" in str(raised.value)
            assert all(state.status == "new" for state in states(tmp_path)) and not server.batches


def test_a_batch_that_the_provider_has_lost(tmp_path: Path, server: BatchServer) -> None:
    submit(tmp_path, judging(server))
    server.batches.clear()
    with pytest.raises(LonghandError, match="the batch API refuses batch batch_0000: HTTP 404") as raised:
        collect(tmp_path, judging(server))
    assert not isinstance(raised.value, NotFinished) and server.total == 0
    collect(tmp_path, judging(server, batch=False))
    assert in_batches(tmp_path) == [False] * ROWS


def test_a_batch_at_another_address_is_not_asked_about(tmp_path: Path, server: BatchServer) -> None:
    submit(tmp_path, judging(server))
    with pytest.raises(LonghandError, match="judge j elsewhere by now"):
        collect(tmp_path, judging(server, base_url="http://127.0.0.1:9/v1"))


def test_a_state_that_cannot_be_read_stops_all(tmp_path: Path, server: BatchServer) -> None:
    submit(tmp_path, judging(server))
    (path,) = (tmp_path / "journal/judges/j/batches").glob("*.json")
    for damaged in ("", "[]", "{", '{"v": 1}', path.read_text().replace('"work"', '"mork"')):
        path.write_text(damaged)
        for step in (submit, collect):
            with pytest.raises(LonghandError, match="the state of a batch cannot be read"):
                step(tmp_path, judging(server))
    assert server.called["batches.create"] == 1 and server.total == 0


def test_one_job_at_a_time_submits(tmp_path: Path, server: BatchServer) -> None:
    locks = ByteLocks(tmp_path / "journal/judges/j/batches/.lock")
    assert locks.take(0)
    freed = threading.Event()

    def free() -> None:
        freed.set()
        locks.free(0)

    threading.Timer(0.5, free).start()
    submit(tmp_path, judging(server))
    assert freed.is_set(), "it waited for the other"


PRICE = with_batch({"input": 2.0, "output": 10.0}, {"input": 1.0, "output": 5.0})


def test_a_budget_has_to_suffice_for_a_whole_batch_at_its_price(tmp_path: Path, server: BatchServer) -> None:
    (state,) = submit(tmp_path / "free", judging(server, file="another/m/000"))
    tokens = state.reserved
    most = (tokens.prompt_tokens * 1.0 + ROWS * 100 * 5.0) / 1e6
    line = f"the budget of {most - 1e-6:g} USD ends here: 0.0000 are spent"
    with pytest.raises(LonghandError, match=line):
        submit(tmp_path, judging(server, price=PRICE, budget=most - 1e-6))
    assert states(tmp_path) == [] and server.called["batches.create"] == 1
    submit(tmp_path, judging(server, price=PRICE, budget=most + 1e-6))
    files = EntryFiles(tmp_path / "journal", "judges", "j")
    assert usd_at_most(*paid_in(files), PRICE) == pytest.approx(most)
    with pytest.raises(LonghandError, match="budget"):  # what is under way counts
        submit(tmp_path, judging(server, rows=ROWS + 1, price=PRICE, budget=most + 1e-6))
    server.work("half")
    server.work("expire")
    collect(tmp_path, judging(server, price=PRICE, budget=1.0))
    spend, unsettled = paid_in(files)
    assert unsettled.requests == 0
    paid = 6 * (10 * 1.0 + 20 * 5.0) / 1e6 + 6 * (10 * 2.0 + 20 * 10.0) / 1e6
    assert spend.usd(PRICE) == pytest.approx(paid)
    report = json.loads((tmp_path / "journal/judges/j/d/m/000.spend.json").read_text())
    assert report["usd"] == pytest.approx(paid)


def test_the_key_is_sent_and_never_kept(
    tmp_path: Path, server: BatchServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    key = "sk-a-key-that-nobody-shall-see"
    monkeypatch.setenv("SOME_KEY", key)
    submit(tmp_path, judging(server, api_key_env="SOME_KEY"))
    server.text = lambda _: f"Clarity: 3, Depth: 3 {key}"
    server.work("complete")
    rows = rows_of(collect(tmp_path, judging(server, api_key_env="SOME_KEY")))
    assert rows[0]["reply"] == "Clarity: 3, Depth: 3 ***"
    submit(tmp_path, judging(server, rows=ROWS + 1, api_key_env="SOME_KEY"))
    (*_, last) = server.batches.values()
    last.invalid.append({"code": "bad", "message": f"a quota of {key} is reached"})
    last.becomes("failed")
    with pytest.raises(LonghandError, match=r"bad: a quota of \*\*\* is reached"):
        collect(tmp_path, judging(server, rows=ROWS + 1, api_key_env="SOME_KEY"))
    assert all(headers["Authorization"] == f"Bearer {key}" for headers in server.headers)
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and key.encode() in path.read_bytes()]
    assert key not in "".join(capsys.readouterr())


@pytest.mark.usefixtures("short_waits")
def test_faults_that_pass_are_tried_again_and_others_end_in_one_line(tmp_path: Path) -> None:
    faults = {"files.create": "503", "batches.retrieve": "reset", "files.content": "cut"}
    with BatchServer(calls=lambda call, times: faults.get(call) if times < 2 else None) as server:
        submit(tmp_path, judging(server))
        server.work("complete")
        collect(tmp_path, judging(server))
        assert {server.called[call] for call in faults} == {3} and set(server.paid.values()) == {1}
    with BatchServer(calls=lambda call, _: "401" if call == "batches.create" else None) as server:
        with pytest.raises(LonghandError, match="the API refused the key"):
            submit(tmp_path / "refused", judging(server, api_key_env=None))
        assert states(tmp_path / "refused") == []
    with BatchServer(calls=lambda call, times: "429" if call == "batches.create" and times < 2 else None) as server:
        (state,) = submit(tmp_path / "busy", judging(server))
        assert state.batch == "batch_0000" and server.called["batches.list"] == 1, "it is not looked for"
