"""A server with the OpenAI API that fails as it is told, and counts what it is asked.

In a test: `with FaultServer(faults) as server`, which serves from a thread. As a command it takes the place of vLLM
(`python fault_server.py serve MODEL --port …`, with --die-after, --start-delay, --latency … as engine flags).

A text depends on the prompt only, so that a run with faults can be compared with a clean one. Prompts that hold
VERDICT are answered with a verdict.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, Self

from aiohttp import web

DIMENSIONS = ("Clarity", "Depth")
VERDICT = "Give a verdict."

Fault = Callable[[web.Request, dict[str, Any]], Awaitable[web.StreamResponse]]
Plan = Callable[[str, int], str | Fault | None]
"""From a prompt and how often it was asked before to a fault or its name, or None for an answer."""


def text_for(prompt: str) -> str:
    """What the server answers: a few words or, where a verdict is asked for, JSON."""
    digest = hashlib.sha256(prompt.encode()).digest()
    if VERDICT in prompt:
        return json.dumps({name: 1 + digest[i] % 5 for i, name in enumerate(DIMENSIONS)})
    return f"{prompt[:40]} " + " ".join(f"word{byte}" for byte in digest)


def completion(text: str | None, finish: str = "stop", **message: Any) -> web.Response:
    """A chat completion as it looks when all is well; 10 tokens in, 20 out."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text, **message}, "finish_reason": finish}
    usage = {"prompt_tokens": 10, "completion_tokens": 20, "total_tokens": 30}
    return web.json_response({"id": "x", "object": "chat.completion", "choices": [choice], "usage": usage})


def error(status: int, message: str, headers: dict[str, str] | None = None, **fields: Any) -> web.Response:
    """An error in the form of the API."""
    body = {"error": {"message": message, "type": "error", "param": None, "code": None, **fields}}
    return web.json_response(body, status=status, headers=headers)


def _says(make: Callable[[str], web.StreamResponse]) -> Fault:
    async def fault(_: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        return make(text_for(prompt_of(body)))

    return fault


async def _reset(request: web.Request, _: dict[str, Any]) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def _hang(_: web.Request, __: dict[str, Any]) -> web.StreamResponse:
    await asyncio.sleep(3600)
    return web.Response()


async def _trickle(request: web.Request, _: dict[str, Any]) -> web.StreamResponse:
    """Sends a byte now and then and never ends: no read ever times out."""
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b" ")
        await asyncio.sleep(0.05)


async def _cut(request: web.Request, _: dict[str, Any]) -> web.StreamResponse:
    """Half of the promised bytes."""
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b'{"choices": [')
    return await _reset(request, {})


async def _echo_key(request: web.Request, _: dict[str, Any]) -> web.StreamResponse:
    return error(500, f"what is this: {request.headers.get('Authorization')}?")


async def _refuse_key(request: web.Request, _: dict[str, Any]) -> web.StreamResponse:
    return error(401, f"Incorrect API key provided: {request.headers.get('Authorization')}", code="invalid_api_key")


async def _no_format(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    """Refuses structured output, otherwise answers."""
    if kind := body.get("response_format", {}).get("type"):
        return error(400, f"Invalid parameter: 'response_format' of type '{kind}' is not supported with this model.")
    return completion(text_for(prompt_of(body)))


async def _no_schema(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    """Knows json_object, but no json_schema."""
    if body.get("response_format", {}).get("type") == "json_schema":
        return error(400, "guided decoding: json_schema is not available", param="response_format")
    return completion(text_for(prompt_of(body)))


_VLLM_TOO_LONG = "This model's maximum context length is 4096 tokens. However, your prompt contains at least 4097 …"
_VLLM_MAX_TOKENS = "max_tokens=5000 cannot be greater than max_model_len=4096. Please request fewer output tokens."

FAULTS: dict[str, Fault] = {
    "500": _says(lambda _: error(500, "Internal server error")),
    "503": _says(lambda _: error(503, "The engine is currently busy")),
    "429": _says(lambda _: error(429, "Rate limit reached", {"Retry-After": "0.3"})),
    "429 bare": _says(lambda _: error(429, "Rate limit reached")),
    "429 spent": _says(lambda _: error(429, "You exceeded your current quota", code="insufficient_quota")),
    "reset": _reset,
    "cut": _cut,
    "hang": _hang,
    "trickle": _trickle,
    "not JSON": _says(lambda _: web.Response(text="<html>Bad gateway</html>")),
    "not UTF-8": _says(lambda _: web.Response(body=b'{"choices": "\xff"}', content_type="application/json")),
    "JSON list": _says(lambda _: web.json_response([1, 2])),
    "no choices": _says(lambda _: web.json_response({"id": "x", "choices": []})),
    "no message": _says(lambda _: web.json_response({"choices": [None]})),
    "error in 200": _says(lambda _: web.json_response({"error": {"message": "upstream failed"}})),
    "abort": _says(lambda text: completion(text[:5], "abort")),
    "null": _says(lambda _: completion(None)),
    "empty": _says(lambda _: completion(" \n")),
    "length": _says(lambda text: completion(text, "length")),
    "filter": _says(lambda text: completion(text, "content_filter")),
    "refusal": _says(lambda _: completion(None, refusal="I will not.")),
    "filter 400": _says(
        lambda _: error(400, "The response was filtered by the content management policy", code="content_filter")
    ),
    "too long vllm": _says(lambda _: error(400, _VLLM_TOO_LONG, type="BadRequestError", param="input_tokens")),
    "too long openai": _says(lambda _: error(400, "Too large.", code="context_length_exceeded", param="messages")),
    "max_tokens": _says(lambda _: error(400, _VLLM_MAX_TOKENS, type="BadRequestError", param="max_tokens")),
    "400": _says(lambda _: error(400, "messages: this cannot be read")),
    "401": _refuse_key,
    "501": _says(lambda _: error(501, "Unsupported method")),
    "404": _says(lambda _: error(404, "The model `m` does not exist.", code="model_not_found")),
    "echo key": _echo_key,
    "no json_schema": _no_schema,
    "no response_format": _no_format,
    # Replies of judges.
    "fenced": _says(lambda text: completion(f"Here you are:\n```json\n{text}\n```\nGood luck!")),
    "prose": _says(lambda _: completion("I like it very much.")),
    "broken": _says(lambda text: completion(text[: len(text) // 2])),
    "of five": _says(lambda text: completion(json.dumps({k: f"{n}/5" for k, n in json.loads(text).items()}))),
    "missing": _says(lambda text: completion(json.dumps({DIMENSIONS[0]: json.loads(text)[DIMENSIONS[0]]}))),
    "out of scale": _says(lambda _: completion(json.dumps(dict.fromkeys(DIMENSIONS, 11)))),
}


def prompt_of(body: dict[str, Any]) -> str:
    """The last message of a request."""
    return str(body["messages"][-1]["content"])


def no_fault(_: str, __: int) -> None:
    """The plan of a server that always answers."""


class FaultServer:
    """Serves from a thread while used as a context manager.

    Args:
        plan: which fault a request meets.
        latency: seconds before every reply.
        capacity: requests at a time; more get a 429.
        text: what it answers to a prompt.

    Attributes:
        asked: how often each prompt was asked; answered: and answered in full.
        highest: the greatest number of requests in flight.
        most_answers: requests wait while so many are answered.
        bodies, headers: of every request.
    """

    def __init__(
        self,
        plan: Plan = no_fault,
        latency: float = 0.0,
        capacity: int = 10**6,
        port: int = 0,
        text: Callable[[str], str] = text_for,
    ):
        self.plan, self.latency, self.capacity, self.port, self.text = plan, latency, capacity, port, text
        self.asked, self.answered = Counter[str](), Counter[str]()
        self.in_flight = self.highest = self.turned_away = 0
        self.most_answers = 10**9
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.finished_at: list[float] = []  # time.monotonic() of every reply

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def total(self) -> int:
        """Requests that came."""
        return self.asked.total()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Starts, at the port of the last time if there was one."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._serve(), self._loop).result()

    def stop(self) -> None:
        """Ends at once: what is in flight is lost."""
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _serve(self) -> None:
        self._runner = web.AppRunner(self.application(), handler_cancellation=True, shutdown_timeout=0.01)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, backlog=1024, reuse_address=True).start()
        self.port = self._runner.addresses[0][1]

    def application(self) -> web.Application:
        """The routes."""

        async def health(_: web.Request) -> web.Response:
            return web.Response()

        async def version(_: web.Request) -> web.Response:
            return web.json_response({"version": "0.14.0"})

        application = web.Application(client_max_size=2**26)
        application.add_routes([web.post("/v1/chat/completions", self._complete)])
        application.add_routes([web.get("/health", health), web.get("/version", version)])
        return application

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        prompt = prompt_of(body)
        fault = self.plan(prompt, self.asked[prompt])
        self.asked[prompt] += 1
        self.bodies.append(body)
        self.headers.append(dict(request.headers))
        self.in_flight += 1
        self.highest = max(self.highest, self.in_flight)
        try:
            if self.in_flight > self.capacity:
                self.turned_away += 1
                return await FAULTS["429"](request, body)
            await asyncio.sleep(self.latency)
            while self.answered.total() >= self.most_answers:
                await asyncio.sleep(0.01)
            if fault is not None:
                return await (FAULTS[fault] if isinstance(fault, str) else fault)(request, body)
            self.answered[prompt] += 1
            return completion(self.text(prompt))
        finally:
            self.in_flight -= 1
            self.finished_at.append(time.monotonic())


def main(kind: type[FaultServer] = FaultServer) -> None:
    """In place of `vllm serve`; flags that it does not know are ignored."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--die-after", type=int, default=10**9, help="answers until it dies")
    parser.add_argument("--start-delay", type=float, default=0, help="seconds")
    parser.add_argument("--latency", type=float, default=0, help="seconds before every reply")
    parser.add_argument("--never", action="store_true", help="run, but never listen")
    parser.add_argument("--counts", help="a file that gets a line for every start and every request")
    flags, _ = parser.parse_known_args()

    def note(what: str) -> None:
        if flags.counts:
            with open(flags.counts, "a", encoding="utf-8") as file:
                file.write(what + "\n")

    def plan(prompt: str, _: int) -> None:
        note(prompt)
        if server.answered.total() >= flags.die_after:
            print("CUDA error: out of luck", file=sys.stderr, flush=True)
            os._exit(3)

    server = kind(plan, flags.latency)
    print(f"environment: {' '.join(sorted(os.environ))}", file=sys.stderr, flush=True)
    print(f"loading weights; GPU {os.environ.get('CUDA_VISIBLE_DEVICES')}", file=sys.stderr, flush=True)
    note("start")
    time.sleep(3600 if flags.never else flags.start_delay)
    quiet: dict[str, Any] = {"print": lambda _: None, "access_log": None}
    web.run_app(server.application(), host="127.0.0.1", port=flags.port, shutdown_timeout=0.01, **quiet)


if __name__ == "__main__":
    main()
