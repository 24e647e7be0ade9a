"""Batches whose file in the journal is gone, or that another judge has; lists and waits without an end."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from batch_jobs import collect, judging, states, submit
from batch_run import BatchRun
from batch_server import BatchServer
from fault_replies import completion, error, prompt_of, text_for
from jobs import ROWS
from provider_batch import ProviderBatch

from longhand.ask.batches import api
from longhand.ask.batches import submit as submitting
from longhand.ask.batches.held import Open, held_by_others
from longhand.ask.batches.state import BatchState, batch_folders, write_state
from longhand.ask.spend import report
from longhand.ask.work import Work
from longhand.program.errors import LonghandError, NotFinished


@pytest.fixture
def server() -> Iterator[BatchServer]:
    with BatchServer() as running:
        yield running


def remove(folder: Path) -> Path:
    """Removes the file of the only batch; returns its path."""
    (path,) = (folder / "journal/judges/j/batches").glob("*.json")
    path.unlink()
    return path


def test_a_batch_under_way_whose_file_was_removed_is_taken_over(tmp_path: Path, server: BatchServer) -> None:
    (before,) = submit(tmp_path, judging(server))
    remove(tmp_path)
    first, rest = submit(tmp_path, judging(server, rows=ROWS + 2))
    assert replace(before, creating=None) == first and len(rest.requests) == 2
    server.work("complete")
    collect(tmp_path, judging(server, rows=ROWS + 2))
    assert len(server.batches) == 2 and server.paid.total() == len(server.paid) == ROWS + 2


@pytest.mark.parametrize("over", [False, True])
def test_the_judging_step_misses_a_batch_that_was_submitted(tmp_path: Path, server: BatchServer, over: bool) -> None:
    """It would ask all of it live. Here the batch may be over by then."""
    run = BatchRun(tmp_path, server)
    assert run.submit().status == 0
    if over:
        server.work("complete")
    run.states[0].unlink()
    run.finish()
    assert server.called["batches.create"] == 1 and set(server.paid.values()) == {1}
    assert server.paid_by_batch.total() == run.rows
    run.states[0].unlink()
    run.table.unlink()
    called = server.called.copy()
    assert run.judge().status == 0, "all is in the journal"
    assert server.called == called
    run.submitted.write_text("[")
    line = "error: it cannot be read which batches were submitted (work/d/m/batches/j.json); fix: delete it"
    assert line in run.judge().output


def test_a_batch_that_is_unknown_and_whose_input_is_gone_stops_all(tmp_path: Path, server: BatchServer) -> None:
    submit(tmp_path, judging(server))
    path = remove(tmp_path)
    server.files.clear()
    line = "batch batch_0000 asks judge j about the same, no file of the journal knows it, and its input file does not"
    with pytest.raises(LonghandError, match=line) as raised:
        submit(tmp_path, judging(server))
    assert str(raised.value).endswith(
        f"({path.parent}); fix: put its file back, or cancel it at the provider; then run again"
    )
    assert states(tmp_path) == [] and server.called["batches.create"] == 1
    server.batches["batch_0000"].becomes("cancelled")
    assert [state.batch for state in submit(tmp_path, judging(server))] == ["batch_0001"]


@pytest.mark.parametrize("hidden", ["the list lags", "the input file is gone"])
def test_a_batch_that_was_submitted_and_is_not_shown_is_not_paid_again(
    tmp_path: Path, server: BatchServer, hidden: str
) -> None:
    """The note in work/ names it; who deletes that pays."""
    run = BatchRun(tmp_path, server)
    assert run.submit().status == 0
    server.work("complete")
    path, (batch,) = run.states[0], server.batches.values()
    path.unlink()
    if hidden == "the list lags":
        batch.lag = 2
    else:
        server.files.pop(batch.input_file_id)
    for _ in range(2):
        line = (
            f"error: batch {path.stem} of judge j was submitted, and the provider does not show what it holds"
            f" ({path.relative_to(tmp_path)}); fix: run again later; or put its file back;"
            " or delete work/d/m/batches/j.json: what it holds is then asked and paid anew"
        )
        assert run.judge().output.splitlines()[-1] == line
    assert server.called["batches.create"] == 1
    if hidden != "the list lags":
        run.submitted.unlink()
    run.finish()
    assert set(server.paid.values()) == {1 if hidden == "the list lags" else 2}


def test_batches_of_others_are_neither_taken_nor_looked_into(tmp_path: Path, server: BatchServer) -> None:
    """Of another work, another judge, and with metadata of their own."""
    submit(tmp_path / "a", judging(server, file="d/another/000"))
    (odd,) = list(server.batches.values())
    for number, metadata in enumerate([{}, None, ["x"], {"longhand": 3, "longhand_work": [odd]}, odd.metadata]):
        server.batches[f"x{number}"] = ProviderBatch(f"x{number}", "../batches", "e", "24h", metadata)  # type: ignore[arg-type]
    server.batches["x3"].metadata = {"longhand": "y", "longhand_work": "0" * 16}
    (state,) = submit(tmp_path, judging(server))
    assert state.file == "file-0001" and server.called["files.content"] == 0


def of(requests: list[str]) -> bytes:
    """An input file."""
    return "".join(json.dumps({"custom_id": name, "body": {}}) + "\n" for name in requests).encode()


FOREIGN: dict[str, Callable[[BatchState], tuple[str, bytes]]] = {
    "a path as key": lambda state: ("../../../x", of(list(state.requests))),
    "a longer key": lambda state: (f"{state.key}/../../x", of(list(state.requests))),
    "other requests": lambda state: (state.key, of([*state.requests][1:])),
    "half a surrogate": lambda state: (state.key, of(["\ud800", *state.requests])),
    "no requests": lambda state: (state.key, b'[]\nnull\n{"custom_id": 3}\n' + b"[" * 100_000),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_key_that_is_not_of_its_requests_is_taken_for_nobodys(tmp_path: Path, server: BatchServer, kind: str) -> None:
    """Where its metadata say that it is of this work, it is not paid beside it, either."""
    (state,) = submit(tmp_path, judging(server))
    remove(tmp_path)
    server.batches["batch_0000"].metadata["longhand"], server.files["file-0000"].content = FOREIGN[kind](state)
    files = sorted(tmp_path.rglob("*"))
    with pytest.raises(LonghandError, match="its input file does not say what it holds"):
        submit(tmp_path, judging(server))
    assert len(server.batches) == 1 and sorted(tmp_path.rglob("*")) == files


def named(work: Work, name: str) -> Work:
    """The same of a judge with another name."""
    entry = work.entries["judge"]
    return replace(work, entries={"judge": replace(entry, serving=replace(entry.serving, name=name))})


def look_as(monkeypatch: pytest.MonkeyPatch, *looks: Callable[[Path, Path], set[str]]) -> None:
    """What a step sees of other judges' batches: at its start, before it creates one, and so on."""
    each = iter(looks)
    monkeypatch.setattr(submitting, "held_by_others", lambda *places: next(each)(*places))


def test_of_two_judges_that_step_back_for_each_other_one_submits(
    tmp_path: Path, server: BatchServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else all would be asked live."""
    (elsewhere,) = submit(tmp_path / "elsewhere", judging(server))
    server.batches.clear()
    look_as(monkeypatch, held_by_others, lambda *_: set(elsewhere.requests), held_by_others, held_by_others)
    (state,) = submit(tmp_path, judging(server))
    assert state.requests == elsewhere.requests and len(server.batches) == 1


def test_two_judges_that_ask_the_same_have_one_batch(
    tmp_path: Path, server: BatchServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    (state,) = submit(tmp_path, judging(server))
    called = server.called.copy()
    assert submit(tmp_path, named(judging(server), "k")) == [] and server.called == called
    with pytest.raises(NotFinished, match="a request is in a batch of judge j"):
        collect(tmp_path, named(judging(server), "k"))
    (tmp_path / f"journal/judges/j/batches/{state.key}.json").unlink()
    server.batches.clear()

    def meanwhile(*places: Path) -> set[str]:
        write_state(tmp_path / "journal/judges/j/batches", state)
        return held_by_others(*places)

    look_as(monkeypatch, held_by_others, meanwhile, held_by_others)
    assert submit(tmp_path, named(judging(server), "k")) == []
    assert not server.batches and not list((tmp_path / "journal/judges/k/batches").glob("*.json"))


def test_what_a_batch_holds_stops_no_other_request(tmp_path: Path) -> None:
    """Else what was sent is paid for, and its answer is lost: with each run, until the batch is over."""

    async def slow(_: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        await asyncio.sleep(0.2)
        return completion(text_for(prompt_of(body)))

    with BatchServer(lambda prompt, times: slow) as server:
        submit(tmp_path, judging(server, rows=2))
        work = judging(server, batch=False)
        entry = work.entries["judge"]
        others = {"judge": replace(entry, serving=replace(entry.serving, name="k"))}
        work = replace(
            work, entries=others, to_ask=lambda: reversed([*work.to_write()])
        )  # those of the batch come last
        with pytest.raises(NotFinished, match="a batch of judge j, and a run .* collects it; run again later"):
            collect(tmp_path, work)
        assert server.paid.total() == ROWS - 2
        figures = report(tmp_path / "journal/judges/k/d/m/000.jsonl", None)
        assert (figures["answers"], figures["maybe_paid"]) == (ROWS - 2, 0)


@pytest.mark.parametrize("look", [lambda root: [*batch_folders(root)], lambda root: Open(root).reserved()])
def test_a_disk_that_fails_is_not_taken_for_no_batches(
    look: Callable[[Path], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Path) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "scandir", fail)
    monkeypatch.setattr(os, "listdir", fail)
    with pytest.raises(OSError, match="Input/output error"):
        look(tmp_path)


Page = Callable[[int], list[dict[str, Any]]]
PAGES: dict[str, Page] = {
    "the same": lambda _: [{"id": "batch_x"}],
    "new ones": lambda number: [{"id": f"batch_{number}"}],
    "nothing": lambda _: [],
    "no batches": lambda _: [{"id": None}],
}


@pytest.mark.parametrize("kind", PAGES)
def test_a_list_of_batches_without_an_end_is_not_read_for_ever(
    tmp_path: Path, server: BatchServer, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(api, "MOST_PAGES", 20)

    async def page(*_: object) -> web.Response:
        return web.json_response({"data": PAGES[kind](server.called["batches.list"]), "has_more": True})

    server.calls = lambda call, _: page if call == "batches.list" else None
    with pytest.raises(LonghandError, match="^the list of batches does not end ") as raised:
        submit(tmp_path, judging(server))
    assert not isinstance(raised.value, NotFinished) and server.called["batches.list"] <= 21
    assert not server.batches and states(tmp_path) == []


@pytest.mark.parametrize(
    "data", [{}, {"data": 3}, {"data": "x"}, {"data": {"id": "batch_x"}}, {"batches": []}], ids=str
)
def test_a_reply_that_is_no_list_of_batches_is_not_taken_for_an_empty_one(
    tmp_path: Path, server: BatchServer, data: dict[str, Any]
) -> None:
    """But null is: so some servers say that there are none."""

    async def reply(*_: object) -> web.Response:
        return web.json_response(data | {"has_more": False})

    server.calls = lambda call, _: reply if call == "batches.list" else None
    with pytest.raises(
        LonghandError, match="^the reply is no list of batches .*; fix: check base_url; or take `batch`"
    ):
        submit(tmp_path, judging(server))
    assert not server.batches and states(tmp_path) == []
    data = {"data": None}
    assert len(submit(tmp_path, judging(server))) == 1


@pytest.mark.parametrize(
    "call", ["batches.list", "files.create", "batches.create", "batches.retrieve", "files.content"]
)
def test_a_server_that_asks_to_wait_for_hours_is_not_waited_for(tmp_path: Path, server: BatchServer, call: str) -> None:
    async def later(*_: object) -> web.Response:
        return error(429, "come back later", {"Retry-After": "7200"})

    server.calls = lambda this, times: later if this == call and not times else None
    started = time.monotonic()
    with pytest.raises(NotFinished) as raised:
        submit(tmp_path, judging(server))
        server.work("complete")
        collect(tmp_path, judging(server))
    assert str(raised.value) == f"not finished: the server asks to wait 7,200 s; run again later ({server.url})"
    assert time.monotonic() - started < 60 and server.called[call] == 1
    submit(tmp_path, judging(server))
    server.work("complete")
    collect(tmp_path, judging(server))
    assert set(server.paid.values()) == {1} and len(server.batches) == 1
