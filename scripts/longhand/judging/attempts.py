"""Asking a judge until a reply can be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic

from longhand.judging.readout import Readout, Value
from longhand.wire.answer import Answer
from longhand.wire.asker import Asker
from longhand.wire.replies import Unanswered
from longhand.wire.request import smaller_answer


@dataclass(frozen=True)
class Question(Generic[Value]):
    """What a judge is asked, and how its reply is read.

    Attributes:
        step, number, repeat: see `Call`. Repeats draw replies of their own.
        text: of the question.
        form: request fields that ask for a structured reply.
        read: a whole answer.
    """

    step: str
    number: int
    repeat: int | None
    text: str
    form: dict[str, Any]
    read: Callable[[Answer], Readout[Value]]


@dataclass(frozen=True)
class Replies(Generic[Value]):
    """What came of a question.

    Attributes:
        readout: of the last reply; the status of a judgement where none came.
        answers: all, in order.
    """

    readout: Readout[Value]
    answers: list[Answer] = field(default_factory=list)


class Attempts:
    """How often a question is asked at most.

    Args:
        attempts: tries for a reply that can be read.
        retry_temperature: of all tries after the first; None: that of the judge's sampling. A judge that is sent no
            temperature, since its server takes none, is sent none then, too.
        fits: max_tokens is lowered to what the question leaves of the server's window.
    """

    def __init__(self, attempts: int, retry_temperature: float | None = None, *, fits: bool = False):
        self._attempts, self._fits = attempts, fits
        self._again = {} if retry_temperature is None else {"temperature": retry_temperature}

    async def ask(self, judge: Asker, question: Question[Value]) -> Replies[Value]:
        """The first reply that can be read, or why there is none. A server's refusal is not tried again."""
        messages = [{"role": "user", "content": question.text}]
        again = self._again if "temperature" in judge.identity.sampling else {}
        fields = question.form | (smaller_answer(judge.identity, messages) if self._fits else {})
        answers: list[Answer] = []
        readout: Readout[Value] = Readout("failed", None, "it was not asked")
        for attempt in range(self._attempts):
            extra = fields | (again if attempt else {})
            draw = [attempt] if question.repeat is None else [question.repeat, attempt]
            step, number, repeat = question.step, question.number, question.repeat
            try:
                answer = await judge.ask(messages, draw=draw, step=step, number=number, extra=extra, repeat=repeat)
            except Unanswered as e:
                return Replies(unanswered(e), answers)
            answers.append(answer)
            is_filtered = answer.finish_reason in ("content_filter", "refusal")
            readout = (
                Readout("refused", None, "the server filtered the reply") if is_filtered else question.read(answer)
            )
            if readout.status != "ok":
                judge.remark(answer, readout.status, readout.error)
            if readout.status == "ok" or is_filtered:
                break
        return Replies(readout, answers)


def unanswered(reason: Unanswered) -> Readout[Value]:
    """Of a question that got no answer."""
    return Readout("refused" if reason.status == "refused" else "failed", None, f"{reason.status}: {reason}")
