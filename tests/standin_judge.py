"""A server that judges answers about contexts by grades that a test knows, with a bias in what it grades together."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import threading
from collections import Counter
from collections.abc import Iterator

from aiohttp import web

SAMPLES, CLAIMS = 4, 3
"""Answers to a prompt, and statements of each."""
_LEVELS = ("No support", "Partially supported", "Fully supported")
_STEPS = {"<Part>": "facts", "<Statements>": "supports", "<Statement>": "support", "<Facts>": "completeness"}
_STEPS |= {"List the statements": "statements", "how helpful": "helpfulness", "how logical": "logicality"}


def answer_text(prompt: int, sample: int) -> str:
    return f"Answer {prompt}-{sample}. It claims some things."


def quality(prompt: int, sample: int) -> float:
    """How good an answer is, 0-1."""
    return random.Random(f"quality {prompt} {sample}").random()


class StandinJudge:
    """Grades follow the quality of an answer, with a little noise by the request's seed.

    `requests` counts by step. A model named `higher` supports statements that it grades together by a level more than
    one by one; `shuffled` supports them as if they were another answer's. The others grade together as one by one.
    """

    def __init__(self) -> None:
        self.requests = Counter[str]()
        self.url = ""

    def reply(self, question: str, model: str, seed: object) -> str:
        step = next(step for mark, step in _STEPS.items() if mark in question)
        self.requests[step] += 1
        if step == "facts":
            return "- A fact of this part."
        mood = random.Random(f"{seed} {question}")
        numbers = [tuple(map(int, pair)) for pair in re.findall(r"(?:Answer|laim) (\d+)-(\d+)", question)]
        if step == "statements":
            return "\n".join(f"- Claim {numbers[0][0]}-{numbers[0][1]} number {i}." for i in range(CLAIMS))
        if step == "support":
            return f"[[{self._level(*numbers[0], mood)}]]"
        if step == "supports":
            moved, more = model == "shuffled", model == "higher"
            levels = [self._level(p, (s + moved) % SAMPLES, mood, more) for p, s in numbers]
            return "\n".join(f"{n}: [[{level}]]" for n, level in enumerate(levels, 1))
        return f"A short analysis.\n[[{round(3 + 3 * quality(*numbers[0])) + mood.choice((0, 0, 1))}]]"

    @staticmethod
    def _level(prompt: int, sample: int, mood: random.Random, more: bool = False) -> str:
        level = round(quality(prompt, sample) * 1.5 + mood.uniform(-0.5, 0.5))
        return _LEVELS[min(max(level, 0) + more, 2)]


@contextlib.contextmanager
def standin_judge() -> Iterator[StandinJudge]:
    """The judge over real HTTP."""
    judge, loop = StandinJudge(), asyncio.new_event_loop()

    async def answer(request: web.Request) -> web.Response:
        body = await request.json()
        text = judge.reply(body["messages"][-1]["content"], body["model"], body.get("seed"))
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        usage = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
        return web.json_response({"id": "x", "model": body["model"], "choices": [choice], "usage": usage})

    async def start() -> None:
        app = web.Application(client_max_size=1 << 26)
        app.router.add_post("/v1/chat/completions", answer)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
        judge.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(start(), loop).result(timeout=20)
    try:
        yield judge
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
