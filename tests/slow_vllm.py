"""A stand-in for vLLM that takes time to load and to write, by a clock that runs faster than real time.

`commands: {vllm: python tests/slow_vllm.py --events FILE --load 90 --speed 8}`; `serve MODEL --port …` comes after it.
A stream writes at most `--stream` tokens per second, and all streams share `--rate`. An answer has as many words as
its prompt asks for (`800 words`), one token each; the first is the model. A model with "judge" in its name gives a
verdict. Reading is free. With `--enable-lora` it loads adapters while it runs, as vLLM does: folders with an
adapter_config.json.

FILE gets a JSON object per line: `event` (start, healthy, loaded, asked, answered, end), `time` (seconds of the
machine's own monotonic clock, not of the faster one), `server` (pid), `model` as served, `gpus`
(CUDA_VISIBLE_DEVICES), and, of what is asked, `prompt` (its beginning) and `request` (a digest). A server that is
killed has no `end`.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import heapq
import json
import os
import re
import signal
import sys
import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from aiohttp import web

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from instant_server import VERDICT

VERDICT_TOKENS = 200


@dataclass
class Life:
    """One server, from its start to its end, in real seconds, and the digests of what it was asked."""

    model: str
    gpus: str | None
    start: float
    end: float
    received: list[str] = field(default_factory=list)


def lives(path: Path) -> list[Life]:
    """The servers that an events file tells of, by their start."""
    servers: dict[int, Life] = {}
    for event in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
        life = servers.setdefault(event["server"], Life(event["model"], event["gpus"], event["time"], event["time"]))
        life.end = event["time"]
        if event["event"] == "asked":
            life.received.append(event["request"])
    return list(servers.values())


class Writing:
    """Streams that write at the same time and share a rate.

    Args:
        stream: tokens per second of a stream alone.
        rate: of all together.
        speed: seconds of this clock in a real one.
    """

    def __init__(self, stream: float, rate: float, speed: float):
        self._stream, self._rate, self._speed = stream, rate, speed
        self._written, self._at = 0.0, 0.0  # tokens of a stream that was there all the time, and when that was true
        self._ends: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = count()
        self._timer: asyncio.TimerHandle | None = None

    async def write(self, tokens: int) -> None:
        """Ends when so many tokens are written."""
        self._advance()
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._ends, (self._written + tokens, next(self._numbers), done))
        self._plan()
        await done

    def _per_second(self) -> float:
        """Tokens that each stream writes in a real second."""
        return self._speed * min(self._stream, self._rate / max(1, len(self._ends)))

    def _advance(self) -> None:
        now = asyncio.get_running_loop().time()
        self._written += (now - self._at) * self._per_second()
        self._at = now

    def _plan(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._ends:
            seconds = (self._ends[0][0] - self._written) / self._per_second()
            self._timer = asyncio.get_running_loop().call_later(max(0.0, seconds), self._finish)

    def _finish(self) -> None:
        self._advance()
        while self._ends and self._ends[0][0] <= self._written + 1e-6:
            _, _, done = heapq.heappop(self._ends)
            if not done.done():  # the client may be gone
                done.set_result(None)
        self._plan()


def answer_to(model: str, prompt: str) -> tuple[str, int]:
    """The text, and its tokens."""
    if "judge" in model:
        return VERDICT, VERDICT_TOKENS
    words = re.search(r"(\d+) words", prompt)
    tokens = int(words[1]) if words else 100
    return f"{model} " + "word " * (tokens - 1), tokens


def refused(status: int, message: str) -> web.Response:
    """An error as vLLM says it."""
    error = {"message": message, "type": "BadRequestError", "param": None, "code": status}
    return web.json_response({"error": error}, status=status)


def application(writing: Writing, note: Any, name: str, lora: bool) -> web.Application:
    """The routes of vLLM that Longhand uses.

    Args:
        writing: how fast it is.
        note: takes events.
        name: of the model.
        lora: whether it loads adapters.
    """
    models = {name}

    async def load(request: web.Request) -> web.Response:
        body = await request.json()
        adapter, folder = body["lora_name"], body["lora_path"]
        if adapter in models:
            return refused(400, f"The lora adapter '{adapter}' has already been loaded. If you want to …")
        await asyncio.sleep(0.05)
        if not os.path.isfile(os.path.join(folder, "adapter_config.json")):
            return refused(404, f"Loading lora {adapter} failed: No adapter found for {os.path.abspath(folder)}")
        note("loaded", adapter=adapter, folder=folder)
        models.add(adapter)
        return web.Response(text=f"Success: LoRA adapter '{adapter}' added successfully.")

    async def complete(request: web.Request) -> web.Response:
        body = await request.json()
        if body["model"] not in models:
            return refused(404, f"The model `{body['model']}` does not exist. Valid aliases: {name}.")
        prompt = str(body["messages"][-1]["content"])
        noted = {"prompt": prompt[:80], "request": hashlib.sha256(prompt.encode()).hexdigest()[:16]}
        note("asked", **noted)
        text, tokens = answer_to(body["model"], prompt)
        await writing.write(tokens)
        note("answered", **noted)
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        usage = {"prompt_tokens": 100, "completion_tokens": tokens, "total_tokens": 100 + tokens}
        return web.json_response({"id": "x", "model": body["model"], "choices": [choice], "usage": usage})

    async def health(_: web.Request) -> web.Response:
        return web.Response()

    async def version(_: web.Request) -> web.Response:
        return web.json_response({"version": "0.14.0"})

    routes = [web.post("/v1/chat/completions", complete), web.get("/health", health), web.get("/version", version)]
    if lora and os.environ.get("VLLM_ALLOW_RUNTIME_LORA_UPDATING") == "1":
        routes.append(web.post("/v1/load_lora_adapter", load))
    app = web.Application(client_max_size=2**26)
    app.add_routes(routes)
    return app


async def serve(options: argparse.Namespace) -> None:
    """Loads, serves until SIGTERM, and notes it all."""

    def note(event: str, **more: str) -> None:
        entry = {"event": event, "time": time.monotonic(), "server": os.getpid(), "model": options.served_model_name}
        line = json.dumps(entry | {"gpus": os.environ.get("CUDA_VISIBLE_DEVICES")} | more) + "\n"
        file = os.open(options.events, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.write(file, line.encode())
        os.close(file)

    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    note("start")
    try:
        async with asyncio.timeout(options.load / options.speed):
            await ended.wait()
    except TimeoutError:
        writing = Writing(options.stream, options.rate, options.speed)
        app = application(writing, note, options.served_model_name, options.enable_lora)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.01)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", options.port, backlog=1024).start()
        note("healthy")
        await ended.wait()
        await runner.cleanup()
    note("end")


def main() -> None:
    """In place of `vllm serve`; flags that it does not know are ignored."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--events", required=True)
    parser.add_argument("--load", type=float, default=90, help="seconds until it is healthy")
    parser.add_argument("--stream", type=float, default=60, help="tokens per second of one stream")
    parser.add_argument("--rate", type=float, default=2500, help="tokens per second of all streams together")
    parser.add_argument("--speed", type=float, default=1, help="seconds of this clock in a real one")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--served-model-name", required=True)
    parser.add_argument("--enable-lora", action="store_true")
    options, _ = parser.parse_known_args()
    asyncio.run(serve(options))


if __name__ == "__main__":
    main()
