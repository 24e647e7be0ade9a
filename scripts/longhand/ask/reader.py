"""An asker that asks nobody: answers come from the journal, as when a table is written."""

from __future__ import annotations

from longhand.ask.journal import Journal
from longhand.ask.unanswered import KnownUnanswered
from longhand.config.entry import Entry
from longhand.program.errors import LonghandError
from longhand.wire.answer import Answer
from longhand.wire.asker import Asker, Call
from longhand.wire.replies import no_answer_of_retired
from longhand.wire.request import request_id


class Reader(Asker):
    """It only reads.

    Args:
        entry: whose answers.
        journal: of the run.
        known_unanswered: requests that got no answer.
    """

    def __init__(self, entry: Entry, journal: Journal, known_unanswered: KnownUnanswered):
        self.name, self.identity, self._retired = entry.name, entry.identity, entry.serving.retired
        self._journal, self._known_unanswered = journal, known_unanswered

    async def answer(self, call: Call) -> Answer:
        """The answer in the journal.

        Raises:
            Unanswered: it was asked for, and none came; or nothing is asked of the entry any more.
            LonghandError: it was never asked for.
        """
        key = request_id(self.identity, call.messages, call.draw, call.extra)
        if (answer := self._journal.get(key)) is not None:
            return answer
        if self._retired:
            raise no_answer_of_retired(self.name)
        if (reason := self._known_unanswered.reason(key)) is not None:
            raise reason
        step = f"step '{call.step}' {call.number} of {self.name}'s method"
        what = f"{step} asks something new while its answers are only read"
        fix = "what it asks may depend on its row and on earlier answers only; if the journal was deleted, run again"
        raise LonghandError(what, f"request {key[:16]}", fix)
