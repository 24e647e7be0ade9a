"""An asker that asks nobody: answers come from the journal, as when a table is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from longhand.ask.journal import Journal
from longhand.ask.unanswered import KnownUnanswered
from longhand.config.entry import Entry
from longhand.program.errors import LonghandError
from longhand.wire.answer import Answer
from longhand.wire.request import Message, request_id


class Reader:
    """An `Asker` that only reads.

    Args:
        entry: whose answers.
        journal: of the run.
        known_unanswered: requests that got no answer.
    """

    def __init__(self, entry: Entry, journal: Journal, known_unanswered: KnownUnanswered):
        self.name, self.identity = entry.name, entry.identity
        self._journal, self._known_unanswered = journal, known_unanswered

    async def ask(
        self,
        messages: Sequence[Message],
        *,
        draw: Sequence[int],
        step: str,
        number: int = 0,
        extra: Mapping[str, Any] | None = None,
    ) -> Answer:
        """The answer in the journal.

        Raises:
            Unanswered: it was asked for, and none came.
            LonghandError: it was never asked for.
        """
        key = request_id(self.identity, messages, draw, extra or {})
        if (answer := self._journal.get(key)) is not None:
            return answer
        if (reason := self._known_unanswered.reason(key)) is not None:
            raise reason
        what = f"step '{step}' {number} of {self.name}'s method asks something new while its answers are only read"
        fix = "what it asks may depend on its row and on earlier answers only; if the journal was deleted, run again"
        raise LonghandError(what, f"request {key[:16]}", fix)
