"""An asker in memory: a function answers, and what was asked and remarked is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from longhand.jobs.method import Method
from longhand.jobs.templates import templates_of
from longhand.tables.files import Row
from longhand.wire.answer import Answer
from longhand.wire.asker import Asker, Call
from longhand.wire.identity import Identity
from longhand.wire.replies import Unanswered
from longhand.wire.request import request_id

Reply = Callable[[Call], str | Unanswered | tuple[str, str]]
"""From a call to a text, an error, or a text and why the model stopped."""


class Scripted(Asker):
    """Answers by a function; an equal request gets the same answer.

    Attributes:
        calls: in order.
        given: id of a request -> its answer, and the call that first asked for it.
        remarks: (step, number, status) of what was said of answers.
    """

    name = "m"

    def __init__(self, reply: Reply, backend: str = "openai", **identity: Any):
        self.identity = Identity(backend, "m", **identity)
        self._reply = reply
        self.given: dict[str, tuple[Answer, Call]] = {}
        self.calls: list[Call] = []
        self.remarks: list[tuple[str, int, str]] = []

    async def answer(self, call: Call) -> Answer:
        self.calls.append(call)
        key = request_id(self.identity, call.messages, call.draw, call.extra)
        if key not in self.given:
            reply = self._reply(call)
            if isinstance(reply, Unanswered):
                raise reply
            text, finish = reply if isinstance(reply, tuple) else (reply, "stop")
            self.given[key] = Answer(key, text, finish, 10, 5, 2.0, 1), call
        return self.given[key][0]

    def remark(self, answer: Answer, status: str, error: str | None = None) -> None:
        call = self.given[answer.id][1]
        self.remarks.append((call.step, call.number, status))

    @property
    def contents(self) -> list[str]:
        """The last message of each call."""
        return [call.messages[-1]["content"] for call in self.calls]


def made(method: Method, asker: Asker, row: Row) -> Row:
    """The only row that a method makes."""
    (response,) = asyncio.run(method.make({"writer": asker}, prompt(**row)))
    return response


def prompt(**columns: Any) -> Row:
    """A row of the prompts table, with its sample."""
    nothing = dict.fromkeys(("required", "required_min", "required_max", "context", "reference"))
    return nothing | {"prompt_id": "p", "sample": 0, "prompt": "Write.", "language": "en"} | columns


def shipped(name: str, method: type[Method]) -> dict[str, dict[str, str]]:
    """The templates of a method as they are shipped."""
    return templates_of(name, method.PROMPTS, {}, Path(), "test")
