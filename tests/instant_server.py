"""A local OpenAI-compatible server that answers at once: for measuring what everything else costs."""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
from collections.abc import Iterator

from aiohttp import web

DIMENSIONS = ("Relevance", "Accuracy", "Coherence", "Clarity", "Breadth and Depth", "Reading Experience")
VERDICT = json.dumps({"Analysis": "Instant."} | dict.fromkeys(DIMENSIONS, 4))
TEXT = "word " * 2000


async def answer(request: web.Request) -> web.Response:
    """2,000 words, or a verdict for a model with "judge" in its name."""
    asked = await request.json()
    text = VERDICT if "judge" in asked["model"] else TEXT
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 100, "completion_tokens": len(text) // 5, "total_tokens": 100 + len(text) // 5}
    return web.json_response({"id": "x", "model": asked["model"], "choices": [choice], "usage": usage})


def _serve(ports: multiprocessing.Queue) -> None:
    async def main() -> None:
        app = web.Application(client_max_size=1 << 26)
        app.router.add_post("/v1/chat/completions", answer)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        ports.put(runner.addresses[0][1])
        await asyncio.Event().wait()

    asyncio.run(main())


@contextlib.contextmanager
def serving() -> Iterator[str]:
    """The server's base URL while it runs in a process of its own."""
    ports: multiprocessing.Queue = multiprocessing.Queue()
    process = multiprocessing.Process(target=_serve, args=(ports,), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ports.get(timeout=20)}/v1"
    finally:
        process.terminate()
        process.join()
