"""What the demo engine refuses, and how it says so."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import openai
import pytest
from demo_process import SCRIPTS, ask, post, served, text


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"messages": []}, "messages"),
        ({}, "messages"),
        ({"messages": "hello"}, "messages"),
        ({"messages": [{"role": "user"}]}, "messages[0].content"),
        ({"messages": [{"content": "x"}]}, "messages[0]"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "messages[0].content"),
        ({"n": 0}, "n"),
        ({"n": 100_000}, "n"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_completion_tokens": 1.5}, "max_completion_tokens"),
        ({"seed": "one"}, "seed"),
        ({"temperature": "hot"}, "temperature"),
        ({"temperature": float("nan")}, "temperature"),
        ({"temperature": True}, "temperature"),
        ({"stream": True}, "stream"),
        ({"model": None}, "model"),
    ],
)
def test_bad_requests(address: str, body: dict, param: str) -> None:
    good = {"messages": [{"role": "user", "content": "x"}]} if param != "messages" else {}
    status, answer = post(address, json.dumps({"model": "demo-a"} | good | body).encode())
    assert status == 400
    assert answer["error"].keys() == {"message", "type", "param", "code"}
    assert answer["error"]["param"] == param


@pytest.mark.parametrize("raw", [b"", b"not json", b"[]", b"\xff", b"[" * 100_000, b'{"model": ' + b"9" * 5000 + b"}"])
def test_bad_bodies(address: str, raw: bytes) -> None:
    status, answer = post(address, raw)
    assert status == 400
    assert answer["error"]["type"] == "invalid_request_error"


def test_errors_as_the_client_sees_them(address: str, client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as unknown:
        client.chat.completions.create(model="gpt-9", messages=[{"role": "user", "content": "x"}])
    assert unknown.value.code == "model_not_found"
    with pytest.raises(openai.BadRequestError) as too_long:
        ask(client, "word " * 120_000)
    assert too_long.value.param == "input_tokens"
    with pytest.raises(openai.BadRequestError):
        client.completions.create(model="demo-a", prompt=[1, 2, 3])
    assert post(address, b"{}", "/v1/nothing")[0] == 404
    assert post(address, b"{}", "/v1/models")[0] == 405


def test_odd_text_is_no_error(address: str) -> None:
    for odd in ("", "\ud800 and \x00", "🙂" * 1000, "ни слова", "9" * 100_000):
        body = {"model": "demo-a", "messages": [{"role": "user", "content": odd}], "max_tokens": 5}
        status, answer = post(address, json.dumps(body).encode())
        assert status == 200
        assert answer["choices"][0]["message"]["content"]


def test_a_key_is_wanted_where_one_is_set() -> None:
    body = json.dumps({"model": "demo-a", "messages": [{"role": "user", "content": "x"}]}).encode()
    with served(VLLM_API_KEY="open-sesame") as url:
        assert post(url, body)[0] == 401
        assert post(url, body, Authorization="Bearer open")[0] == 401
        assert post(url, body, Authorization="Bearer open-sesame")[0] == 200


def test_latency() -> None:
    with served("--latency", "0.3") as url:
        client = openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0)
        started = time.monotonic()
        text(client, "Write 50 words.")
        assert time.monotonic() - started >= 0.3


@pytest.mark.parametrize("options", [["--port", "0"], ["--port", "8123", "--loop-share", "1.5"]])
def test_impossible_settings(options: list[str]) -> None:
    words = [sys.executable, "-m", "longhand.demo.server", *options]
    ended = subprocess.run(
        words, env=os.environ | {"PYTHONPATH": str(SCRIPTS)}, capture_output=True, text=True, timeout=30
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("error: --") and ended.stderr.count("\n") == 1
