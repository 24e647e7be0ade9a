"""Demo engines in the test's own process that keep count of what they were asked."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from longhand.demo.bodies import CompletionRequest
from longhand.demo.engine import Engine
from longhand.demo.judge import Judge
from longhand.demo.server import make_application
from longhand.demo.writer import Writer


@dataclass(frozen=True)
class CountingEngine(Engine):
    """An engine that notes the usage of every request."""

    usages: list[dict[str, int]] = field(default_factory=list)

    def answer(self, request: CompletionRequest, *, chat: bool) -> dict[str, Any]:
        body = super().answer(request, chat=chat)
        self.usages.append(body["usage"])
        return body

    def take(self) -> tuple[int, int, int]:
        """Requests, prompt tokens and completion tokens since the last call."""
        taken = [self.usages.pop() for _ in range(len(self.usages))]
        return len(taken), *(sum(one[key] for one in taken) for key in ("prompt_tokens", "completion_tokens"))


@dataclass
class Counted:
    """A running engine."""

    url: str
    engine: CountingEngine


@contextlib.contextmanager
def counting(names: list[str], max_words: int, latency: float = 0.0) -> Iterator[list[Counted]]:
    """Engines over real HTTP, one for each served name."""
    engines = [CountingEngine(Writer(0, name, max_words), Judge(0, name), 131_072) for name in names]
    loop, urls = asyncio.new_event_loop(), list[str]()

    async def start() -> None:
        for engine in engines:
            runner = web.AppRunner(make_application(engine, latency))
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
            urls.append(f"http://127.0.0.1:{runner.addresses[0][1]}/v1")

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(start(), loop).result(timeout=20)
    try:
        yield [Counted(url, engine) for url, engine in zip(urls, engines, strict=True)]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
