"""What a judge took out of contexts, read back from the journal: once per prompt, whichever model's job asked."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from pathlib import Path

from longhand.ask.reader import Reader
from longhand.jobs.order import Order
from longhand.judging.long_reward import Method
from longhand.program.errors import LonghandError
from longhand.prompts.shards import SHARD_SCHEMA
from longhand.tables.files import Row, read_rows
from longhand.tables.prompt_rows import PromptRows
from longhand.tables.schemas import JUDGEMENTS, NOT_ASKED, subschema
from longhand.wire.answer import Answer, totals
from longhand.wire.asker import Asker, Call
from longhand.wire.replies import Unanswered


def judged_prompts(judgements: Iterable[Path]) -> set[str]:
    """Ids of the prompts of which a judge was asked about at least one response."""
    columns = ["prompt_id", "status"]
    rows = (row for path in judgements for row in read_rows(path, subschema(JUDGEMENTS, columns), columns))
    return {row["prompt_id"] for row in rows if row["status"] not in NOT_ASKED}


async def facts_of(order: Order, readers: Mapping[str, Reader], judged: Collection[str]) -> AsyncIterator[Row]:
    """Rows of the facts table, in the order of the prompts.

    Args:
        order: of the judge, with all prompts.
        readers: role -> who reads its answers.
        judged: the prompts that it was asked about.

    Raises:
        LonghandError: a call is not in the journal.
    """
    method, paid = Method(order.settings), _Paid()
    for prompt in (row for row in PromptRows(order.prompts, SHARD_SCHEMA).whole() if row["prompt_id"] in judged):
        embedded = await _embedded(method, readers["embedder"], prompt) if "embedder" in readers else []
        for number, ((start, end), replies) in enumerate(await method.facts(readers["judge"], prompt)):
            readout, answers = replies.readout, replies.answers
            vectors = paid.first(embedded if number == 0 else ())
            yield {
                "prompt_id": prompt["prompt_id"],
                "chunk": number,
                "start": start,
                "end": end,
                "status": readout.status,
                "error": readout.error,
                "facts": None if readout.value is None else list(readout.value),
                "reply": answers[-1].text if answers else None,
                "attempts": len(answers),
                **totals(paid.first(answers)),
                "embedding_tokens": totals(vectors)["prompt_tokens"],
                "embedding_requests": [answer.id for answer in vectors],
                "request_id": answers[-1].id if answers else None,
            }


class _Paid:
    """Which answers stand in a row already: equal chunks of two prompts with the same question share theirs."""

    def __init__(self) -> None:
        self._ids: set[str] = set()

    def first(self, answers: Sequence[Answer]) -> list[Answer]:
        """Those of these that stand in no earlier row."""
        new = [answer for answer in answers if answer.id not in self._ids]
        self._ids.update(answer.id for answer in new)
        return new


class _Noting(Asker):
    """Passes answers on, and keeps them."""

    def __init__(self, asker: Asker):
        self.name, self.identity, self.answers = asker.name, asker.identity, list[Answer]()
        self._asker = asker

    async def answer(self, call: Call) -> Answer:
        """See `Asker`."""
        answer = await self._asker.answer(call)
        self.answers.append(answer)
        return answer


async def _embedded(method: Method, embedder: Reader, prompt: Row) -> list[Answer]:
    """What the vectors of a context were read from; nothing where no response had a statement to hold against it."""
    noting = _Noting(embedder)
    with contextlib.suppress(LonghandError, Unanswered):
        await method.embed(noting, prompt)
    return noting.answers
