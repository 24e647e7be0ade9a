"""What a method sees of a model that it asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from longhand.wire.answer import Answer
from longhand.wire.identity import Identity
from longhand.wire.request import Message


class Asker(Protocol):
    """One model, as a method uses it."""

    identity: Identity

    async def ask(
        self, messages: Sequence[Message], *, draw: Sequence[int], extra: Mapping[str, Any] | None = None
    ) -> Answer:
        """The answer to a question.

        Args:
            messages: the conversation.
            draw: which of several answers to the same question.
            extra: further request fields.

        Raises:
            Unanswered: there is none, with a status that says why.
        """
        ...
