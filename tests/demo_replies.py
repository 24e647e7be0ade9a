"""What the demo engine replies to questions filled into templates, without a server."""

from __future__ import annotations

import json
from pathlib import Path

from longhand.demo.bodies import Conversation, read_request
from longhand.demo.engine import Engine
from longhand.demo.judge import Judge
from longhand.demo.tasks import TASKS
from longhand.demo.writer import Writer

CHECKOUT = Path(__file__).resolve().parents[1]
LIMIT = 1200
INSTRUCTIONS = {
    "en": "Write about 3,000 words on how a river port lives:\n- its ferries\n- its winters, in 500 words",
    "zh": "请写一篇3000字左右的文章，谈谈一个河港小镇的生活，包括渡船和冬天。",
}


def shipped(name: str) -> str:
    return (CHECKOUT / f"resources/prompts/{name}.txt").read_text(encoding="utf-8").strip()


def filled(template: str, **parts: str) -> str:
    for name, text in parts.items():
        template = template.replace(f"{{{name}}}", text)
    return template


def answer(question: str, seed: int = 0, opening: str | None = None, limit: int = LIMIT) -> str:
    """The engine's reply, through the body of a request."""
    messages = [{"role": "user", "content": question}]
    if opening is not None:
        messages.append({"role": "assistant", "content": opening})
    body = {"model": "m", "messages": messages, "seed": seed, "temperature": 0.7}
    engine = Engine(Writer(0, "m", limit), Judge(0, "m"), 131_072)
    request = read_request(json.dumps(body).encode(), "m", chat=True)
    return engine.answer(request, chat=True)["choices"][0]["message"]["content"]


def task_of(question: str) -> str | None:
    """The task that the engine sees in a question; None: a writing prompt."""
    conversation, writer = Conversation(question, question, question), Writer(0, "m", 50)
    for task in TASKS:
        if task(writer, conversation, [], 50) is not None:
            return f"{task.__module__.rpartition('.')[2]}.{task.__name__}"
    return None
