"""Asking until something passes: what a row has got so far, and the row that comes of it."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from longhand.methods.direct import answered_row, status_of, unanswered_row
from longhand.tables.files import Row
from longhand.text.yes_or_no import says_no, says_yes
from longhand.wire.answer import Answer, totals
from longhand.wire.asker import Asker
from longhand.wire.replies import Unanswered
from longhand.wire.request import Message

SUITS = "suits"
"""The step that asks whether a text suits."""


class Tries:
    """The answers to the calls of one row.

    Args:
        asker: who is asked.
        row: a prompt with `sample`.
    """

    def __init__(self, asker: Asker, row: Row):
        self._asker, self._row, self._model = asker, row, asker.identity.model
        self._answers: list[Answer] = []
        self._refused: Counter[str] = Counter()

    async def ask(
        self,
        messages: Sequence[Message],
        *,
        draw: Sequence[int],
        step: str,
        number: int,
        extra: Mapping[str, Any] | None = None,
        required: int | None = None,
        expected: int | None = None,
    ) -> Answer | None:
        """A whole answer; None where it is empty, cut off or filtered by the server. For the arguments see `Call`.

        Raises:
            Unanswered: there is none.
        """
        answer = await self._asker.ask(
            messages, draw=draw, step=step, number=number, extra=extra, required=required, expected=expected
        )
        self._answers.append(answer)
        if (status := status_of(answer)) == "ok":
            return answer
        self.refuse(answer, status)
        return None

    async def suiting(
        self,
        attempts: int,
        step: str,
        question: Sequence[Message],
        read: Callable[[Answer], str | None],
        check: Callable[[str], Sequence[Message]],
    ) -> Row:
        """The row of the first answer that has a text, which suits by the model's own word.

        Args:
            attempts: answers asked for at most.
            step: of the question.
            question: that a text is asked for with.
            read: the text of an answer; None where it has none that can be used, which is noted.
            check: the question whether a text suits.
        """
        try:
            for attempt in range(attempts):
                draw = draw_of(self._row, attempt)
                answer = await self.ask(question, draw=draw, step=step, number=attempt)
                if answer is None or (text := read(answer)) is None:
                    continue
                verdict = await self.ask(check(text), draw=draw, step=SUITS, number=attempt)
                if verdict is None:
                    continue
                if says_yes(verdict.text):
                    return self.made(answer, text)
                self.refuse(verdict, "unsuitable" if says_no(verdict.text) else "unreadable")
        except Unanswered as e:
            return self.unanswered(e)
        return self.rejected()

    def refuse(self, answer: Answer, status: str, error: str | None = None) -> None:
        """Notes in the trace of an answer why it is not used."""
        self._asker.remark(answer, status, error)
        self._refused[status] += 1

    def made(self, answer: Answer, text: str) -> Row:
        """A row of the responses table.

        Args:
            answer: the last that is in the text.
            text: the response.
        """
        return answered_row(self._row, self._model, dataclasses.replace(answer, text=text)) | self._sums()

    def unanswered(self, reason: Unanswered) -> Row:
        """The row where a call got no answer."""
        row = unanswered_row(self._row, self._model, reason.status, str(reason), 0)
        return row | self._sums(reason.attempts)

    def rejected(self, error: str | None = None) -> Row:
        """The row where all tries were refused.

        Args:
            error: why, where nothing was asked.
        """
        reasons = ", ".join(f"{number} {status}" for status, number in self._refused.most_common())
        return unanswered_row(self._row, self._model, "rejected", error or f"refused: {reasons}", 0) | self._sums()

    def _sums(self, more: int = 0) -> Row:
        """Tokens, seconds and requests of all answers, and `more` requests."""
        return totals(self._answers) | {"attempts": more + sum(answer.attempts for answer in self._answers)}


def draw_of(row: Row, attempt: int) -> list[int]:
    """Which of several answers a try is: the first is that of a method without tries, so that equal ones are shared."""
    return [row["sample"], attempt] if attempt else [row["sample"]]
