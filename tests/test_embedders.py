"""Embedders through the ask-once client, over real HTTP: what is sent, kept and paid, and what is no answer."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aiohttp import web
from embedding_server import PASSAGES, STATEMENTS, EmbeddingServer, body, nearest_by_hand, retrieve, vector

from longhand.ask.lines import read_answers
from longhand.program.errors import LonghandError
from longhand.wire.vectors import decode, encode

pytestmark = pytest.mark.usefixtures("short_waits")

BY_HAND = [[nearest_by_hand(statement)] for statement in STATEMENTS]
JOURNAL = "journal/embedders/e/d/m/000.jsonl"


def test_a_context_is_embedded_once_for_all_answers(tmp_path: Path) -> None:
    with EmbeddingServer() as server:
        rows = retrieve(tmp_path, server.url)
        assert [row["found"] for row in rows] == BY_HAND
        of_passages = [texts for texts in server.texts if texts[0].startswith("passage")]
        assert sorted(map(len, of_passages)) == [22, 64, 64]
        assert sorted(text for texts in of_passages for text in texts) == sorted(PASSAGES)
        assert sorted(texts for texts in server.texts if texts not in of_passages) == [[one] for one in STATEMENTS]
        assert server.bodies[0].keys() == {"model", "input"}
        assert retrieve(tmp_path, "http://127.0.0.1:9/v1", name="again") == rows, "from the journal"
        assert len(server.texts) == 13


def test_only_what_is_sent_is_paid(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with EmbeddingServer() as server:
        retrieve(tmp_path, server.url, price={"input": 2.0, "output": 0.0})
    figures = json.loads((tmp_path / JOURNAL).with_suffix(".spend.json").read_text())
    assert (figures["answers"], figures["prompt_tokens"], figures["completion_tokens"]) == (13, 2 * 160, 0)
    assert figures["usd"] == figures["usd_at_most"] == pytest.approx(2 * 160 * 2.0 / 1e6)
    answers = [answer for answer, _ in read_answers(tmp_path / JOURNAL)]
    assert {(answer.completion_tokens, answer.finish_reason, answer.model) for answer in answers} == {(None, None, "e")}
    assert "13 answers" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["base64", "shuffled", "without index", "integers"])
def test_forms_of_a_reply(tmp_path: Path, form: str) -> None:
    def reply(texts: list[str], _: int) -> dict[str, Any]:
        good = body(texts)
        if form == "base64":
            for part in good["data"]:
                part["embedding"] = base64.b64encode(np.array(part["embedding"], "<f4").tobytes()).decode()
        elif form == "shuffled":
            random.Random(1).shuffle(good["data"])
        elif form == "without index":
            good["data"] = [{"embedding": part["embedding"]} for part in good["data"]]
        else:
            for part in good["data"]:
                part["embedding"] = [round(number * 1e6) for number in part["embedding"]]
        return good

    with EmbeddingServer(reply) as server:
        assert [row["found"] for row in retrieve(tmp_path, server.url)] == BY_HAND


def spoiled(change: Callable[[list[dict[str, Any]]], Any]) -> Callable[[list[str], int], dict[str, Any] | None]:
    """Every first reply to a request has changed data: what `change` returns, or what it made of them."""
    seen = set[str]()

    def reply(texts: list[str], _: int) -> dict[str, Any] | None:
        if texts[0] in seen:
            return None
        seen.add(texts[0])
        good = body(texts)
        changed = change(good["data"])
        return good | {"data": changed} if isinstance(changed, list | dict) and changed is not good else good

    return reply


BAD: dict[str, Callable[[list[dict[str, Any]]], Any]] = {
    # Of one text alone the length cannot be seen to be another.
    "another length": lambda data: data[0]["embedding"].append(1.0) if len(data) > 1 else data[0].pop("embedding"),
    "not a number": lambda data: data[0]["embedding"].__setitem__(0, float("nan")),
    "infinite": lambda data: data[0]["embedding"].__setitem__(0, 1e999),
    "too large": lambda data: data[0]["embedding"].__setitem__(0, 10**400),
    "true": lambda data: data[0]["embedding"].__setitem__(0, True),
    "null": lambda data: data[0]["embedding"].__setitem__(0, None),
    "empty": lambda data: [part | {"embedding": []} for part in data],
    "none": lambda data: [],
    "one too many": lambda data: [*data, data[0]],
    "an index twice": lambda data: data[0].__setitem__("index", len(data)),
    "an index that is no number": lambda data: data[0].__setitem__("index", "0"),
    "no base64": lambda data: data[0].__setitem__("embedding", "%%%"),
    "half a float": lambda data: data[0].__setitem__("embedding", base64.b64encode(b"12345").decode()),
    "an object": lambda data: data[0].__setitem__("embedding", {"values": [1.0]}),
    "texts": lambda data: ["a"] * len(data),
    "no list": lambda data: {"0": data[0]},
}


@pytest.mark.parametrize("name", BAD)
def test_bad_vectors_are_asked_again_and_never_kept(tmp_path: Path, name: str) -> None:
    with EmbeddingServer(spoiled(BAD[name])) as server:
        rows = retrieve(tmp_path, server.url, rows=3)
        assert [row["found"] for row in rows] == BY_HAND[:3]
        assert len(server.texts) == 2 * 6
    answers = [answer for answer, _ in read_answers(tmp_path / JOURNAL)]
    assert len(answers) == 6
    assert {answer.attempts for answer in answers} == {2}


def test_vectors_that_stay_bad_are_no_answer(tmp_path: Path) -> None:
    def reply(texts: list[str], _: int) -> dict[str, Any] | None:
        return {"data": [{"index": 0, "embedding": ["x"]}]} if texts[0] == "statement 2" else None

    with EmbeddingServer(reply) as server:
        rows = retrieve(tmp_path, server.url, rows=6, min_coverage=0.5)
    assert [row["status"] for row in rows] == ["ok", "ok", "failed", "ok", "ok", "ok"]
    assert "embeddings cannot be read: one is no list of numbers" in rows[2]["error"]


def test_vectors_of_another_model_end_the_job(tmp_path: Path) -> None:
    def reply(texts: list[str], _: int) -> dict[str, Any]:
        return body(texts, 24 if texts[0].startswith("passage") else 8)

    with EmbeddingServer(reply) as server, pytest.raises(LonghandError, match="vectors of 8 numbers came, and others"):
        retrieve(tmp_path, server.url)
    assert {answer.text.partition(":")[0] for answer, _ in read_answers(tmp_path / JOURNAL)} == {"24"}


def refused(status: int, message: str, **more: Any) -> Callable[[list[str], int], web.Response]:
    return lambda *_: web.json_response({"error": {"message": message, **more}}, status=status)


TOO_LONG = {
    "vLLM": refused(400, "This model's maximum context length is 512 tokens.", param="input_tokens"),
    "OpenAI": refused(400, "This model's maximum context length is 8192 tokens, however you requested 9000 tokens"),
    "TEI": refused(413, "Input validation error: `inputs` must have less than 512 tokens. Given: 590"),
    "llama.cpp": refused(500, "input is too large to process. increase the physical batch size"),
    "llama.cpp, newer": refused(400, "input (600 tokens) is larger than the max context size (512 tokens). skipping"),
}


@pytest.mark.parametrize("server_kind", TOO_LONG)
def test_a_text_that_is_too_long_is_a_status(tmp_path: Path, server_kind: str) -> None:
    def reply(texts: list[str], number: int) -> web.Response | None:
        return TOO_LONG[server_kind](texts, number) if texts[0] == "statement 1" else None

    with EmbeddingServer(reply) as server:
        rows = retrieve(tmp_path, server.url, rows=4)
    assert [row["status"] for row in rows] == ["ok", "too_long", "ok", "ok"]


NO_EMBEDDER = {
    "vLLM serves a chat model": lambda *_: web.json_response({"detail": "Not Found"}, status=404),
    "unknown": refused(404, "The model `e` does not exist."),
    "another vLLM": refused(400, "The model does not support Embeddings API"),
    "a gateway": refused(400, "gpt-4o is not an embedding model"),
    "without": refused(501, "not implemented"),
}


@pytest.mark.parametrize("kind", NO_EMBEDDER)
def test_what_is_no_embedder_ends_the_job_in_one_line(tmp_path: Path, kind: str) -> None:
    with EmbeddingServer(NO_EMBEDDER[kind]) as server:
        with pytest.raises(LonghandError, match="model 'e' gives no embeddings at this address.*served as one"):
            retrieve(tmp_path, server.url)
        assert len(server.texts) <= 12, "each row in flight at that time asks no more than once"


def test_a_key_is_needed_and_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with EmbeddingServer() as server:
        with pytest.raises(LonghandError, match="EMBEDDER_KEY is not set.*api_key_env of e"):
            retrieve(tmp_path, server.url, api_key_env="EMBEDDER_KEY")
        assert server.texts == []
        monkeypatch.setenv("EMBEDDER_KEY", "sk-marked-embedder")
        retrieve(tmp_path, server.url, api_key_env="EMBEDDER_KEY")
        assert {headers["Authorization"] for headers in server.headers} == {"Bearer sk-marked-embedder"}


# ---- how vectors are kept


def test_kept_vectors_have_the_cosines_of_those_that_came() -> None:
    for dimensions in (1, 3, 1024, 4096):
        came = np.array([vector(text, dimensions) for text in PASSAGES])
        kept = decode(encode(came))
        exact = came / np.linalg.norm(came, axis=1, keepdims=True)
        assert np.abs(kept @ kept.T - exact @ exact.T).max() < 0.001
        assert np.allclose(np.linalg.norm(kept, axis=1), 1)


def test_odd_vectors_are_kept() -> None:
    odd = np.array([[0.0, 0.0], [1e300, -1e300], [1e-320, 0.0]])
    half = 0.5**0.5
    assert decode(encode(odd)) == pytest.approx(np.array([[0, 0], [half, -half], [1, 0]]), abs=1e-3)


@pytest.mark.parametrize("text", ["", "x:AAAA", "0:AAAA", "-1:AAAA", "3:AAAA", "2:%%", "1:AAA", "2:AAAAAAAA:"])
def test_damaged_vectors_are_seen(text: str) -> None:
    with pytest.raises(ValueError, match="no vectors"):
        decode(text)
