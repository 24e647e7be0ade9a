"""A demo engine in a process of its own, for tests that talk to it over HTTP."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import openai
from patience import wait_for

SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"
LIMIT = 2500
"""What the tests give as --max-words."""


@contextmanager
def served(*options: str, **environment: str) -> Iterator[str]:
    """A server process of its own; gives its address and checks that it stops when told to."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [sys.executable, "-m", "longhand.demo.server", "--port", str(port), "--served-model-name", "demo-a"]
    inherited = {key: value for key, value in os.environ.items() if key != "VLLM_API_KEY"}
    process = subprocess.Popen([*words, *options], env=inherited | {"PYTHONPATH": str(SCRIPTS)} | environment)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: _is_healthy(process, address), 20, "health of the demo engine")
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0


def _is_healthy(process: subprocess.Popen[bytes], address: str) -> bool:
    assert process.poll() is None, "the server ended"
    try:
        with urllib.request.urlopen(f"{address}/health") as answer:
            return answer.status == 200
    except OSError:
        return False


def post(address: str, body: bytes, path: str = "/v1/chat/completions", **headers: str) -> tuple[int, dict]:
    request = urllib.request.Request(address + path, body, {"Content-Type": "application/json", **headers})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as e:
        return e.code, json.load(e)


def ask(client: openai.OpenAI, prompt: str, **settings):
    """A chat completion."""
    return client.chat.completions.create(
        model="demo-a", messages=[{"role": "user", "content": prompt}], **{"seed": 1, "temperature": 0.5} | settings
    )


def text(client: openai.OpenAI, prompt: str, **settings) -> str:
    """The text of a chat completion."""
    return ask(client, prompt, **settings).choices[0].message.content
