"""Results of a batch, states and errors that are not what they should be; a key that a provider repeats."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from batch_run import BatchRun
from batch_server import BatchServer
from fault_replies import text_for
from killed_steps import Ended
from marked_key import KEY, files_with_the_key
from provider_batch import ProviderBatch

ROWS = 4
Line = dict[str, Any]


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BatchRun]:
    """A run whose batch is completed and not collected; tests have copies of it."""
    with BatchServer() as server:
        run = BatchRun(tmp_path_factory.mktemp("one") / "run", server, ROWS)
        assert run.submit().status == 0
        server.work("complete")
        yield run


def copied(folder: Path, one: BatchRun, state: bytes | None = None) -> BatchRun:
    """A copy of that run, whose batch may have another state."""
    shutil.copytree(one.folder, folder / "run")
    run = BatchRun(folder / "run", one.server, ROWS)
    if state is not None:
        run.states[0].write_bytes(state)
    return run


@contextlib.contextmanager
def spoilt(server: BatchServer, change: Callable[[list[Line]], bytes]) -> Iterator[None]:
    """Puts something else in place of the batch's output."""
    (batch,) = server.batches.values()
    output = server.files[str(batch.output_file_id)]
    whole = output.content
    output.content = change([json.loads(line) for line in whole.splitlines()])
    yield
    output.content = whole


def collected(run: BatchRun) -> Ended:
    """The judging step until it is done: where less came than the batch says that it has, it looks once more."""
    ended = run.judge()
    if ended.status:
        assert ended.output.splitlines()[-1].startswith("not finished: "), ended.output
        ended = run.judge()
    assert ended.status == 0, ended.output
    return ended


def expected(run: BatchRun) -> None:
    """The verdicts of the table are those that the server gives to these prompts."""
    replies = {row["prompt_id"]: row["reply"] for row in run.judgements()}
    texts = {f"{n:04d}": text_for(f"Give a verdict. prompt {n} response {n}") for n in range(ROWS)}
    assert replies == texts


NESTED = b"[" * 200_000
ODD: dict[str, Callable[[Line], bytes]] = {
    "garbage": lambda _: b"<html>Bad gateway</html>",
    "not UTF-8": lambda line: json.dumps(line).encode().replace(b"choices", b"choi\xff\xfe"),
    "nested": lambda _: NESTED,
    "a list": lambda line: json.dumps([line]).encode(),
    "null": lambda _: b"null",
    "a list as id": lambda line: json.dumps(line | {"custom_id": [line["custom_id"]]}).encode(),
    "a foreign id": lambda line: json.dumps(line | {"custom_id": "ab" * 32}).encode(),
    "no id": lambda line: json.dumps(line | {"custom_id": None}).encode(),
    "no response": lambda line: json.dumps(line | {"response": None}).encode(),
    "a text as response": lambda line: json.dumps(line | {"response": "done"}).encode(),
    "a text as status": lambda line: json.dumps(line | {"response": line["response"] | {"status_code": "ok"}}).encode(),
    "an error as body": lambda line: json.dumps(
        line | {"response": {"status_code": 200, "body": {"error": {"message": "no"}}}}
    ).encode(),
    "a list as body": lambda line: json.dumps(line | {"response": {"status_code": 200, "body": [1]}}).encode(),
    "nulls": lambda line: json.dumps(dict.fromkeys(line) | {"custom_id": line["custom_id"]}).encode(),
    "half a line": lambda line: json.dumps(line).encode()[:100],
    "huge": lambda line: json.dumps(line | {"custom_id": "x" * 10**6}).encode(),
}


def json_lines(lines: list[Line]) -> bytes:
    return "\n".join(map(json.dumps, lines)).encode()


@pytest.mark.parametrize("kind", ODD)
def test_a_line_that_is_none_of_ours_is_no_answer_and_spoils_no_other(tmp_path: Path, one: BatchRun, kind: str) -> None:
    """What is left without an answer is asked live, and nothing else is."""
    run, before = copied(tmp_path, one), one.server.paid.total()
    with spoilt(one.server, lambda lines: ODD[kind](lines[0]) + b"\n" + json_lines(lines[1:])):
        ended = collected(run)
    assert "Traceback" not in ended.output and NESTED[:1000].decode() not in ended.output
    expected(run)
    assert one.server.paid.total() == before + 1


def test_results_that_come_twice_or_beside_foreign_ones_count_once(tmp_path: Path, one: BatchRun) -> None:
    def doubled(lines: list[Line]) -> bytes:
        foreign = [line | {"custom_id": f"{n:064x}"} for n, line in enumerate(lines)]
        return json_lines([*foreign, *lines, *lines, *foreign])

    run, before = copied(tmp_path, one), one.server.paid.total()
    with spoilt(one.server, doubled):
        assert run.judge().status == 0
    expected(run)
    journal = b"".join(path.read_bytes() for path in (run.folder / "journal").rglob("*.jsonl"))
    assert journal.count(b"\n") == ROWS and one.server.paid.total() == before


@pytest.mark.parametrize("content", [b"<html>Sign in to the network</html>", b"", b"null\n[]"])
def test_an_output_that_is_none_is_not_paid_for_again(tmp_path: Path, one: BatchRun, content: bytes) -> None:
    """However often it is looked at: the answers are at the provider still."""
    run, before = copied(tmp_path, one), one.server.paid.total()
    with spoilt(one.server, lambda _: content):
        legs = [run.judge() for _ in range(3)]
    assert legs[0].output.splitlines()[-1].startswith("not finished: ")
    for ended in legs[1:]:
        (line,) = [line for line in ended.output.splitlines() if line.startswith("error: ")]
        assert "nothing of its output can be read" in line and "take `batch` out of judge j" in line
    assert run.judge().status == 0 and one.server.paid.total() == before
    expected(run)


@pytest.mark.parametrize("error", [{}, "", {"code": None, "message": None}], ids=str)
def test_an_answer_counts_whatever_stands_in_the_place_of_its_error(tmp_path: Path, one: BatchRun, error: Any) -> None:
    run, before = copied(tmp_path, one), one.server.paid.total()
    with spoilt(one.server, lambda lines: json_lines([line | {"error": error} for line in lines])):
        assert run.judge().status == 0
    expected(run)
    assert one.server.paid.total() == before


def test_an_output_of_another_batch_gives_nothing(tmp_path: Path, one: BatchRun) -> None:
    run, before = copied(tmp_path, one), one.server.paid.total()
    with spoilt(one.server, lambda lines: json_lines([line | {"custom_id": "00" * 32} for line in lines])):
        collected(run)
    expected(run)
    assert one.server.paid.total() == before + ROWS


@pytest.mark.parametrize("state", [b"", b"{", NESTED, b"null", b"[]", b'{"v": 1}', b"\xff\xfe", b"{}"])
def test_a_state_that_cannot_be_read_stops_all_before_anything_is_sent(
    tmp_path: Path, one: BatchRun, state: bytes
) -> None:
    run, called = copied(tmp_path, one, state), one.server.called.copy()
    for ended in (run.judge(), run.submit()) if state == NESTED else (run.judge(),):
        (line,) = [line for line in ended.output.splitlines() if line.startswith("error: ")]
        assert ended.status == 1 and run.states[0].name in line and "Traceback" not in ended.output
    assert one.server.called == called


@pytest.mark.parametrize(
    "field",
    [
        {"requests": [1]},
        {"requests": None},
        {"most": ["a", "b", "c"]},
        {"most": 3},
        {"status": "paused"},
        {"status": None},
        {"batch": 7},
        {"batch": "../files/x"},
        {"file": []},
        {"creating": "now"},
        {"creating": "now", "status": "creating"},
        {"base_url": None},
        {"work": 3},
        {"more": 1},
    ],
    ids=str,
)
def test_a_state_with_a_wrong_field_ends_in_one_line_or_well(
    tmp_path: Path, one: BatchRun, field: dict[str, Any]
) -> None:
    before = one.server.paid.total()
    run = copied(tmp_path, one, json.dumps(json.loads(one.states[0].read_bytes()) | field).encode())
    ended = run.judge()
    assert "Traceback" not in ended.output and one.server.paid.total() == before
    if ended.status:
        assert ended.output.splitlines()[-1].startswith(("error: ", "not finished: ")), ended.output
    else:  # what is wrong does not matter any more
        expected(run)


@pytest.mark.parametrize(
    "field", [{"requests": []}, {"requests": ["ab" * 32]}, {"requests": "ab"}, {"seen": "x"}], ids=str
)
def test_a_state_that_was_edited_stops_all_before_anything_is_paid_again(
    tmp_path: Path, one: BatchRun, field: dict[str, Any]
) -> None:
    """The key says which requests it was made for."""
    state, before = json.dumps(json.loads(one.states[0].read_bytes()) | field).encode(), one.server.paid.total()
    ended = copied(tmp_path, one, state).judge()
    assert ended.status == 1 and "error: the state of a batch cannot be read" in ended.output
    assert "Traceback" not in ended.output and one.server.paid.total() == before


BATCHES: list[dict[str, Any]] = [
    {"status": ["completed"]},
    {"status": None},
    {"status": 3},
    {"status": "paused"},
    {"output_file_id": 7},
    {"output_file_id": "../batches"},
    {"error_file_id": ["x"]},
    {"request_counts": [1]},
    {"request_counts": {"completed": "all", "failed": None}},
    {"status": "failed", "errors": "\x1b[31mno"},
    {"status": "failed", "errors": {"data": [3]}},
    {"status": "failed", "errors": {"data": [{"code": ["x"], "message": {"a": KEY}}]}},
    {"id": None},
    {"metadata": ["longhand"]},
]


@pytest.mark.parametrize("field", BATCHES, ids=str)
def test_a_batch_with_a_wrong_field_ends_in_one_line_or_well(
    tmp_path: Path, one: BatchRun, field: dict[str, Any]
) -> None:
    """Wherever it is shown: retrieved, or in a list."""

    async def odd(*_: object) -> web.Response:
        (batch,) = one.server.batches.values()
        shown = batch.to_json() | field
        return web.json_response(shown | {"data": [shown, None, 3], "has_more": "yes"})

    before = one.server.paid.total()
    for status in ("under_way", "creating") if field.keys() & {"id", "metadata"} else ("under_way",):
        state = json.loads(one.states[0].read_bytes()) | {"status": status}
        run = copied(tmp_path / status, one, json.dumps(state).encode())
        one.server.calls = lambda call, _: odd if call in ("batches.retrieve", "batches.list") else None
        ended = run.judge()
        one.server.calls = lambda *_: None
        assert "Traceback" not in ended.output and "\x1b" not in ended.output, ended.output
        assert ended.status in (0, 1) and one.server.paid.total() == before, ended.output


CALLS = ("files.create", "batches.create", "batches.retrieve", "files.content")


@pytest.mark.parametrize(("fault", "calls"), [("echo key", CALLS), ("401", CALLS[1:2])])
def test_a_key_that_the_provider_repeats_is_nowhere(tmp_path: Path, fault: str, calls: tuple[str, ...]) -> None:
    for call in calls:
        with BatchServer(calls=lambda this, _, call=call: fault if this == call else None) as server:
            check_key(tmp_path / call, server)


ECHOES: dict[str, dict[str, Any]] = {
    "the reason of a failure": {"status": "failed", "errors": {"data": [{"code": KEY, "message": f"what is {KEY}?"}]}},
    "an id": {"id": f"\x1b[31m{KEY}"},
    "the ids of files": {"output_file_id": KEY, "error_file_id": KEY},
}


@pytest.mark.parametrize("where", ECHOES)
def test_a_key_in_a_batch_that_the_provider_shows_is_nowhere(tmp_path: Path, where: str) -> None:
    async def odd(request: web.Request, _: object) -> web.Response:
        (batch,) = list(server.batches.values()) or [ProviderBatch("batch_x", "f", "e", "24h", {})]
        return web.json_response(batch.to_json() | ECHOES[where])

    call = "batches.create" if where == "an id" else "batches.retrieve"
    with BatchServer(calls=lambda this, _: odd if this == call else None) as server:
        run = BatchRun(tmp_path, server, ROWS, api_key_env="MARKED_KEY")
        for step in (run.submit, run.judge):
            output = step(MARKED_KEY=KEY).output
            assert KEY not in output and "\x1b" not in output and "Traceback" not in output
            server.work("complete")
    assert files_with_the_key(tmp_path) == []


def check_key(folder: Path, server: BatchServer) -> None:
    """Runs the steps, and looks for the key."""
    run, outputs = BatchRun(folder, server, ROWS, api_key_env="MARKED_KEY"), ""
    for _ in range(2):
        for step in (run.submit, run.judge):
            outputs += step(MARKED_KEY=KEY).output
            server.work("complete")
    assert "***" in outputs and KEY not in outputs
    assert any(KEY in headers.get("Authorization", "") for headers in server.headers)
    assert files_with_the_key(folder) == []
    assert not any(KEY.encode() in file.content for file in server.files.values())
