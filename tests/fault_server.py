"""A server with the OpenAI API that fails as it is told, and counts what it is asked.

In a test: `with FaultServer(faults) as server`, which serves from a thread. As a command it takes the place of vLLM
(`python fault_server.py serve MODEL --port …`, with --die-after, --start-delay, --latency … as engine flags).

A text depends on the prompt only, so that a run with faults can be compared with a clean one. Prompts that hold
VERDICT are answered with a verdict.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, Self

from aiohttp import web
from fault_replies import FAULTS, Fault, completion, prompt_of, text_for

Plan = Callable[[str, int], str | Fault | None]
"""From a prompt and how often it was asked before to a fault or its name, or None for an answer."""


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
        self.received, self.answered = Counter[str](), Counter[str]()
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
        return self.received.total()

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
        fault = self.plan(prompt, self.received[prompt])
        self.received[prompt] += 1
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
