"""What a method sees of a model that it asks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from longhand.wire.answer import Answer
from longhand.wire.identity import Identity
from longhand.wire.request import Message

Result = TypeVar("Result")


class Asker(Protocol):
    """One model, as a method uses it.

    Attributes:
        name: of its entry in the config.
        identity: what decides its answers.
    """

    name: str
    identity: Identity

    async def ask(
        self,
        messages: Sequence[Message],
        *,
        draw: Sequence[int],
        step: str,
        number: int = 0,
        extra: Mapping[str, Any] | None = None,
    ) -> Answer:
        """The answer to a question.

        Args:
            messages: the conversation.
            draw: which of several answers to the same question (sample; or repeat and attempt).
            step, number: what the method does with it, and for which part: of the trace and the plan only.
            extra: further request fields.

        Raises:
            Unanswered: there is none, with a status that says why.
            Later: the row has to wait; a method lets it pass through.
        """
        ...


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
