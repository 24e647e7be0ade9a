"""A local OpenAI-compatible server with a set latency: for measuring what everything else costs."""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
from collections.abc import Iterator, Mapping

from aiohttp import web

DIMENSIONS = ("Relevance", "Accuracy", "Coherence", "Clarity", "Breadth and Depth", "Reading Experience")
VERDICT = json.dumps({"Analysis": "Instant."} | dict.fromkeys(DIMENSIONS, 4))


def _serve(ports: multiprocessing.Queue, seconds: float, per_word: float, words: Mapping[str, int]) -> None:
    async def answer(request: web.Request) -> web.Response:
        """As many words as are listed for the prompt, else 2,000; a verdict for a model with "judge" in its name."""
        asked = await request.json()
        if "judge" in asked["model"]:
            length, text = 0, VERDICT
        else:
            length = words.get(asked["messages"][-1]["content"], 2000)
            text = "word " * length
        await asyncio.sleep(seconds + per_word * length)
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        usage = {"prompt_tokens": 100, "completion_tokens": len(text) // 5, "total_tokens": 100 + len(text) // 5}
        return web.json_response({"id": "x", "model": asked["model"], "choices": [choice], "usage": usage})

    async def main() -> None:
        app = web.Application(client_max_size=1 << 26)
        app.router.add_post("/v1/chat/completions", answer)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
        ports.put(runner.addresses[0][1])
        await asyncio.Event().wait()

    asyncio.run(main())


@contextlib.contextmanager
def serving(seconds: float = 0.0, per_word: float = 0.0, words: Mapping[str, int] | None = None) -> Iterator[str]:
    """The base URL of a server in a process of its own.

    Args:
        seconds: latency of every answer.
        per_word: seconds more for each word of it.
        words: prompt -> words of its answer.
    """
    ports: multiprocessing.Queue = multiprocessing.Queue()
    process = multiprocessing.Process(target=_serve, args=(ports, seconds, per_word, dict(words or {})), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ports.get(timeout=20)}/v1"
    finally:
        process.terminate()
        process.join()
