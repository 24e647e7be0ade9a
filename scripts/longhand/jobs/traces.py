"""The calls of methods that make several for a row, read back from the journal."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from longhand.ask.reader import Reader
from longhand.ask.work import Work
from longhand.judging.kinds import SHARED
from longhand.tables.files import Row
from longhand.text.length import count_longbench_write
from longhand.wire.answer import Answer
from longhand.wire.asker import Asker, Call, Finding
from longhand.wire.identity import EMBEDDINGS
from longhand.wire.replies import Unanswered


class _Recorder(Asker):
    """An asker that takes down each call.

    Args:
        asker: who is asked.
        role: that it has.
        calls: where the calls go: rows of the traces table without their keys.
    """

    keeps_remarks = True

    def __init__(self, asker: Asker, role: str, calls: list[Row]):
        self.name, self.identity = asker.name, asker.identity
        self._asker, self._role, self._calls = asker, role, calls

    async def answer(self, call: Call) -> Answer:
        trace: Row = {"role": self._role, "step": call.step, "number": call.number, "status": "ok", "error": None}
        trace |= {"repeat": call.repeat, "required": call.required, "words": None} | dict.fromkeys(_OF_FINDING)
        try:
            answer = await self._asker.answer(call)
        except Unanswered as e:
            nothing = dict.fromkeys(_OF_ANSWER) | {"text": None, "request_id": None, "attempts": e.attempts}
            self._calls.append(trace | nothing | {"status": e.status, "error": str(e)})
            raise
        trace |= {name: getattr(answer, name) for name in _OF_ANSWER} | {"text": None, "request_id": answer.id}
        if self.identity.api != EMBEDDINGS:  # vectors are no text, and stay in the journal
            trace |= {"text": answer.text, "words": count_longbench_write(answer.text)}
        self._calls.append(trace)
        return answer

    def remark(self, answer: Answer, status: str, error: str | None = None) -> None:
        """Puts what became of an answer into the trace of its call."""
        call = next(call for call in reversed(self._calls) if call["request_id"] == answer.id and call["attempts"])
        call |= {"status": status, "error": error}

    def note(self, finding: Finding) -> None:
        """Puts a finding into the traces, behind the calls that were made before."""
        trace: Row = dict.fromkeys((*_OF_ANSWER, "error", "required", "words", "text"))
        trace |= {"role": self._role, "step": finding.step, "number": finding.number, "status": finding.status}
        trace |= {"repeat": finding.repeat}
        trace |= {"attempts": 0, "request_id": finding.answer.id if finding.answer else None}
        passages = [{"start": start, "end": end} for start, end in finding.passages]
        self._calls.append(trace | {"part": finding.part, "grade": finding.grade, "passages": passages})


_OF_FINDING = ("part", "grade", "passages")
_OF_ANSWER = ("finish_reason", "prompt_tokens", "completion_tokens", "seconds", "attempts")


async def traces_of(work: Work, readers: Mapping[str, Reader]) -> AsyncIterator[Row]:
    """Rows of the traces table for all rows of a work, in the table's order.

    Args:
        work: that was asked.
        readers: role -> who reads its answers.

    Raises:
        LonghandError: a call is not in the journal.
    """
    for row in work.to_write():  # what all responses to a prompt share is no response's own
        calls: list[Row] = []
        await work.make({role: _Recorder(reader, role, calls) for role, reader in readers.items()}, row)
        for call in (call for call in calls if call["step"] not in SHARED):
            yield {"prompt_id": row["prompt_id"], "sample": row["sample"]} | call
