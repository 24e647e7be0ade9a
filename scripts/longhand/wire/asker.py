"""What a method sees of a model that it asks."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from longhand.wire.answer import Answer
from longhand.wire.identity import Identity
from longhand.wire.request import Message

Result = TypeVar("Result")


@dataclass(frozen=True)
class Call:
    """One question of a method.

    Attributes:
        messages: the conversation.
        draw: which of several answers to the same question (sample; or repeat and attempt).
        step, number: what the method does with it, and for which part.
        extra: further request fields.
        required: words that the answer shall have; None: it is no text of a stated length.
        expected: words that it will have, where its prompt does not say so; None: as many as are required.
        repeat: of a judge's verdicts, that the answer is for; None: for all.

    `step`, `number` and what follows `extra` are for the trace and the plan only: no answer depends on them.
    """

    messages: Sequence[Message]
    draw: Sequence[int]
    step: str
    number: int
    extra: Mapping[str, Any]
    required: int | None = None
    expected: int | None = None
    repeat: int | None = None


@dataclass(frozen=True)
class Finding:
    """What a method found out about a part of a response, from one of its answers.

    Attributes:
        step, number: what it is, and which of its kind.
        part: of the response, in words.
        status: as of a judgement.
        grade: null where there is none.
        passages: of the context that it was held against, as ranges of characters.
        answer: that it was read from; None where nothing was asked for it.
        repeat: of a judge's verdicts.
    """

    step: str
    number: int
    part: str
    status: str
    grade: float | None = None
    passages: Sequence[tuple[int, int]] = ()
    answer: Answer | None = None
    repeat: int = 0


class Asker(ABC):
    """One model, as a method uses it.

    Attributes:
        name: of its entry in the config.
        identity: what decides its answers.
        keeps_remarks: `remark` does something: what only remarks need is not worked out for the others.
    """

    name: str
    identity: Identity
    keeps_remarks = False

    async def ask(
        self,
        messages: Sequence[Message],
        *,
        draw: Sequence[int],
        step: str,
        number: int = 0,
        extra: Mapping[str, Any] | None = None,
        required: int | None = None,
        expected: int | None = None,
        repeat: int | None = None,
    ) -> Answer:
        """The answer to a question; for the arguments see `Call`.

        Raises:
            Unanswered: there is none, with a status that says why.
            Later: the row has to wait; a method lets it pass through.
        """
        return await self.answer(Call(messages, draw, step, number, extra or {}, required, expected, repeat))

    def remark(self, answer: Answer, status: str, error: str | None = None) -> None:  # noqa: B027  only traces keep it
        """Says what became of an answer, where that is not "ok": it stands in the trace of its call.

        Args:
            answer: that this asker gave.
            status: a word of the method's.
            error: why.
        """

    def note(self, finding: Finding) -> None:  # noqa: B027  only traces keep it
        """Says what was found out about a part of a response: it gets a row of its own among the traces."""

    @abstractmethod
    async def answer(self, call: Call) -> Answer:
        """The answer to a call; raises as `ask` does."""


class Later(Exception):
    """A row cannot be finished now.

    Another job asks the same, or no server may be started, or earlier legs got no answer and others come first.
    """


async def together(calls: Iterable[Awaitable[Result]]) -> list[Result]:
    """The results of calls that run at the same time. All end before the first error is raised."""
    results = await asyncio.gather(*calls, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return [result for result in results if not isinstance(result, BaseException)]
