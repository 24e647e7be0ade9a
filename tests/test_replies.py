"""Replies of hostile, odd and strict servers, over real HTTP: nothing of them ends in a traceback or in a table."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from fault_replies import Fault, completion, text_for
from fault_server import FaultServer
from jobs import ROWS, generate

from longhand.ask import endpoints
from longhand.ask.lines import read_answers
from longhand.methods.direct import answered_row
from longhand.program.errors import LonghandError
from longhand.tables.files import Row, read_rows, write_table
from longhand.tables.schemas import RESPONSES
from longhand.wire.answer import read_reply
from longhand.wire.replies import Transient

pytestmark = pytest.mark.usefixtures("short_waits")

KEY = "sk-marked-4f1d0c9a"
UNLUCKY = "prompt 5"


def says(body: str | bytes, status: int = 200, **headers: str) -> Fault:
    """A server that replies so."""

    async def fault(_: web.Request, __: dict[str, Any]) -> web.StreamResponse:
        content = body if isinstance(body, bytes) else body.encode()
        sent = {"Content-Type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(body=content, status=status, headers=sent)

    return fault


def reply(choice: str = "", usage: str = "{}", more: str = "") -> str:
    """A chat completion as JSON, with parts in it."""
    message = '"message": {"role": "assistant", "content": "some text"}'
    return f'{{"choices": [{{{choice or message}}}], "usage": {usage}{more}}}'


def unlucky_row(folder: Path, fault: Fault, **settings: Any) -> Row:
    """The row of the prompt that a fault befalls; all others are answered."""
    with FaultServer(lambda prompt, _: fault if prompt == UNLUCKY else None) as server:
        rows = list(read_rows(generate(folder, server, tries=2, min_coverage=0.5, **settings)))
    assert [row["response"] for row in rows if row["prompt_id"] != "0005"] == [
        text_for(f"prompt {n}") for n in range(ROWS) if n != 5
    ]
    return rows[5]


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
def test_no_redirect_is_followed(tmp_path: Path, status: int) -> None:
    with FaultServer() as other:
        fault = says("", status, Location=f"{other.url}/chat/completions?key=secret")
        with FaultServer(lambda *_: fault) as server, pytest.raises(LonghandError) as error:
            generate(tmp_path, server, concurrency=1)
        line = (
            f"the address redirects to {other.url}/chat/completions (HTTP {status}) ({server.url}); fix: make base_url"
        )
        assert str(error.value).startswith(line)
        assert "secret" not in str(error.value)
        assert (server.total, other.total) == (1, 0)
    assert list(read_answers(tmp_path / "journal/models/m/000.jsonl")) == []


@pytest.mark.parametrize("location", ["/elsewhere", "http://[::1", ""])
def test_a_redirect_to_nowhere_is_one_too(tmp_path: Path, location: str) -> None:
    line = r"^the address redirects .*\(HTTP 302\)"
    with FaultServer(lambda *_: says("", 302, Location=location)) as server, pytest.raises(LonghandError, match=line):
        generate(tmp_path, server)


HOSTILE = {
    "nested": "[" * 200_000,
    "nested objects": '{"choices":' * 100_000,
    "long number": reply(usage="9" * 10_000),
    "packed twice": gzip.compress(gzip.compress(reply().encode())),
    "not packed": b"\x1f\x8bno gzip",
    "choices a number": '{"choices": 5}',
    "choices an object": '{"choices": {"0": 1}}',
    "choice a text": '{"choices": ["text"]}',
    "message a list": reply('"message": ["text"]'),
    "content an object": reply('"message": {"content": {"text": "x"}}'),
    "stopped by an error": reply('"message": {"content": "half a"}, "finish_reason": "error"'),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_reply_that_cannot_be_read_fails_its_row(tmp_path: Path, kind: str) -> None:
    packed = {"packed twice": "gzip, gzip", "not packed": "gzip"}.get(kind)
    fault = says(HOSTILE[kind], **({"Content_Encoding": packed} if packed else {}))
    row = unlucky_row(tmp_path, fault)
    assert (row["status"], row["response"], row["attempts"]) == ("failed", None, 2)
    assert row["error"].startswith("no answer in 2 tries: ")


@pytest.mark.parametrize("packed", [True, False])
def test_a_reply_without_end_is_not_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packed: bool
) -> None:
    monkeypatch.setattr(endpoints, "_LARGEST", 2**20)
    content = reply(more=f', "x": "{"x" * 2**23}"').encode()
    fault = says(gzip.compress(content), Content_Encoding="gzip") if packed else says(content)
    row = unlucky_row(tmp_path, fault, timeout=5)
    assert (row["status"], row["error"]) == ("failed", "the reply is larger than 1 MB")


@pytest.mark.parametrize("charset", ["rot13", "utf-16", "no-such", "base64"])
def test_a_reply_is_utf_8_whatever_it_is_said_to_be(tmp_path: Path, charset: str) -> None:
    row = unlucky_row(tmp_path, says(reply(), Content_Type=f"application/json; charset={charset}"))
    assert (row["status"], row["response"]) == ("ok", "some text")


ODD = [None, True, -1, 3, 2**63, 10**30, 1.5, "", "stop", "\x1b[31mred\u202e", "half \ud83d", [], ["x"], {}, {"a": [1]}]


def test_whatever_fields_hold_the_answer_fits_the_journal_and_the_table(tmp_path: Path) -> None:
    chance = random.Random(3)
    answers = []
    for _ in range(3000):
        message = {"content": chance.choice(["text", *ODD]), "refusal": chance.choice([None, None, *ODD])}
        choice = {"message": chance.choice([message, message, *ODD]), "finish_reason": chance.choice(ODD)}
        usage = {"prompt_tokens": chance.choice(ODD), "completion_tokens": chance.choice(ODD)}
        sent = {"choices": [choice], "usage": chance.choice([usage, *ODD]), "model": chance.choice(ODD)}
        try:
            answers.append(read_reply(sent, "0" * 64, 0.1234, 1))
        except Transient:
            continue
    assert len(answers) > 500 and all(answer.fits() for answer in answers)
    rows = [answered_row({"prompt_id": "0", "sample": 0}, "m", answer) for answer in answers]
    assert write_table(tmp_path / "t.parquet", rows, RESPONSES, "test") == len(answers)
    assert {answer.prompt_tokens for answer in answers} == {None, 3}, "what cannot be a count was not reported"
    assert {answer.finish_reason for answer in answers} == {None, "stop", "red", "half \ufffd", "refusal"}
    assert {answer.model for answer in answers} == {None, "stop", "red", "half \ufffd"}


@pytest.mark.parametrize("finish", ["content_filter", "sensitive", "SAFETY", "content_filter: PROHIBITED_CONTENT"])
def test_a_filtered_answer_has_one_finish_reason(finish: str) -> None:
    sent = {"choices": [{"message": {"content": "a part"}, "finish_reason": finish}]}  # OpenAI, Zhipu, Gemini
    assert read_reply(sent, "0" * 64, 0.1, 1).finish_reason == "content_filter"


def test_terminal_escapes_of_a_server_reach_no_table_and_no_log(tmp_path: Path, capsys: Any) -> None:
    message = "\x1b]0;title\x07\x1b[2Jgone\u202e \x9b31mred"
    body = json.dumps({"error": {"message": message, "code": "\x1b[1m"}})
    row = unlucky_row(tmp_path, says(body, 400))
    assert row["error"] == "HTTP 400: gone red"
    with FaultServer(lambda *_: says(body, 401)) as server, pytest.raises(LonghandError) as error:
        generate(tmp_path / "other", server)
    assert str(error.value).startswith("the API refused the key: gone red (")
    written = "".join(path.read_text() for path in (tmp_path / "journal/models/m").iterdir()) + capsys.readouterr().err
    assert not any(mark in written for mark in ("\x1b", "\\u001b", "\x9b", "\u202e", "\\u202e"))


def test_a_key_that_an_answer_echoes_is_stored_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARKED_KEY", KEY)

    async def echo(request: web.Request, _: dict[str, Any]) -> web.StreamResponse:
        key = request.headers["Authorization"]
        choice = {"message": {"content": f"You sent {key}."}, "finish_reason": key}
        return web.json_response({"choices": [choice], "model": f"m of {key}"})

    row = unlucky_row(tmp_path, echo, api_key_env="MARKED_KEY")
    assert (row["response"], row["finish_reason"]) == ("You sent Bearer ***.", "Bearer ***")
    files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 3 and not any(KEY.encode() in content for content in files)


@pytest.mark.parametrize("before", [195, 9_990])
def test_no_part_of_a_key_is_left_where_a_text_is_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: int
) -> None:
    monkeypatch.setenv("MARKED_KEY", KEY)
    long = "\N{ZERO WIDTH SPACE}" * before + KEY

    async def echo(_: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        choice = {"message": {"content": text_for(UNLUCKY)}, "finish_reason": long}
        return web.json_response({"choices": [choice], "model": long})

    row = unlucky_row(tmp_path / "answer", echo, api_key_env="MARKED_KEY")
    error = unlucky_row(tmp_path / "error", says(json.dumps({"error": long}), 400), api_key_env="MARKED_KEY")["error"]
    assert KEY[:5] not in f"{row} {error}"


def test_a_word_that_stands_for_no_key_stays_in_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_KEY", "EMPTY")

    async def answer(_: web.Request, __: dict[str, Any]) -> web.StreamResponse:
        return completion("AN EMPTY ROOM")

    assert unlucky_row(tmp_path, answer, api_key_env="LOCAL_KEY")["response"] == "AN EMPTY ROOM"


def test_no_variable_of_a_library_reaches_a_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = "API_KEY ORG_ID PROJECT_ID ADMIN_KEY WEBHOOK_SECRET BASE_URL CUSTOM_HEADERS LOG".split()
    for name in names:
        value = {"BASE_URL": "http://127.0.0.1:9/leaked", "CUSTOM_HEADERS": "X-Mine: leaked", "LOG": "debug"}.get(name)
        monkeypatch.setenv(f"OPENAI_{name}", value or f"leaked-{name}")
    with FaultServer() as server:
        generate(tmp_path, server)
    assert server.total == ROWS
    assert not [
        text for headers in server.headers for text in (*headers, *headers.values()) if "leaked" in text.lower()
    ]
    assert not [name for headers in server.headers for name in headers if name.lower().startswith("openai")]
    assert {"authorization"}.isdisjoint(name.lower() for headers in server.headers for name in headers)
