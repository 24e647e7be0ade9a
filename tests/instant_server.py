"""A local OpenAI-compatible server with a set latency: for measuring what everything else costs."""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from aiohttp import web

DIMENSIONS = ("Relevance", "Accuracy", "Coherence", "Clarity", "Breadth and Depth", "Reading Experience")
VERDICT = json.dumps({"Analysis": "Instant."} | dict.fromkeys(DIMENSIONS, 4))

Judging = Callable[[str], str]
"""A judge's reply to a question."""


def same_verdict(_: str) -> str:
    """The same scores for every text."""
    return VERDICT


def _serve(
    ports: multiprocessing.Queue, seconds: float, per_word: float, words: Mapping[str, int], judging: Judging
) -> None:
    in_flight, most, times = Counter[str](), Counter[str](), []

    async def answer(request: web.Request) -> web.Response:
        """As many words as are listed for the prompt, else 2,000; a verdict of a model with "judge" in its name."""
        times.append(time.monotonic())
        body = await request.json()
        model = body["model"]
        in_flight[model] += 1
        most[model] = max(most[model], in_flight[model])
        if "judge" in model:
            length, text = 0, judging(body["messages"][-1]["content"])
        else:
            length = words.get(body["messages"][-1]["content"], 2000)
            text = "word " * length
        await asyncio.sleep(seconds + per_word * length)
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        usage = {"prompt_tokens": 100, "completion_tokens": len(text) // 5, "total_tokens": 100 + len(text) // 5}
        in_flight[model] -= 1
        times.append(time.monotonic())
        return web.json_response({"id": "x", "model": model, "choices": [choice], "usage": usage})

    async def log(_: web.Request) -> web.Response:
        return web.json_response({"seconds": max(times) - min(times), "most": most, "requests": len(times) // 2})

    async def main() -> None:
        app = web.Application(client_max_size=1 << 26)
        app.router.add_post("/v1/chat/completions", answer)
        app.router.add_get("/v1/log", log)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
        ports.put(runner.addresses[0][1])
        await asyncio.Event().wait()

    asyncio.run(main())


@contextlib.contextmanager
def serving(
    seconds: float = 0.0,
    per_word: float = 0.0,
    words: Mapping[str, int] | None = None,
    judging: Judging = same_verdict,
) -> Iterator[str]:
    """The base URL of a server in a process of its own.

    Args:
        seconds: latency of every answer.
        per_word: seconds more for each word of it.
        words: prompt -> words of its answer.
        judging: what a judge replies.
    """
    ports: multiprocessing.Queue = multiprocessing.Queue()
    settings = (ports, seconds, per_word, dict(words or {}), judging)
    process = multiprocessing.Process(target=_serve, args=settings, daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ports.get(timeout=20)}/v1"
    finally:
        process.terminate()
        process.join()


def log_of(url: str) -> dict[str, Any]:
    """What a server saw: `seconds` from the first request in to the last reply out, `most` in flight by model."""
    with urllib.request.urlopen(f"{url}/log") as reply:
        seen: dict[str, Any] = json.load(reply)
    return seen
