"""The ask-once client: every answer is journaled as it comes, and no question is asked twice."""

from __future__ import annotations

import asyncio
import dataclasses
import sys
import time
from typing import Any

from longhand.ask.batches.held import Held
from longhand.ask.endpoints import Endpoint
from longhand.ask.journal import Journal, JournalFile
from longhand.ask.ledger import Ledger
from longhand.ask.progress import Progress
from longhand.ask.sending import Sender
from longhand.ask.unanswered import KnownUnanswered
from longhand.config.entry import Entry
from longhand.program.errors import LonghandError
from longhand.wire.answer import Answer, read_embeddings, read_reply
from longhand.wire.asker import Asker, Call, Later
from longhand.wire.identity import EMBEDDINGS
from longhand.wire.replies import FormatRefused, Unanswered, no_answer_of_retired
from longhand.wire.request import request_body, request_id
from longhand.wire.vectors import dimensions_of

_PATHS = {"chat": "/chat/completions", "completions": "/completions", EMBEDDINGS: "/embeddings"}
_SIMPLER = {"json_schema": {"type": "json_object"}}  # what is asked for when a server refuses; else nothing is


class Client:
    """Asks one entry.

    Args:
        entry: who is asked.
        journal: of the run; `file` is the one that this client writes.
        held: what is in batches, and not sent meanwhile.
        asking: the requests that this process is sending, by id: equal ones are sent once.
    """

    def __init__(
        self,
        entry: Entry,
        endpoint: Endpoint,
        sender: Sender,
        journal: Journal,
        file: JournalFile,
        ledger: Ledger,
        known_unanswered: KnownUnanswered,
        progress: Progress,
        held: Held,
        asking: dict[str, asyncio.Event],
    ):
        self.entry, self.identity, self.endpoint, self.progress = entry, entry.identity, endpoint, progress
        self._sender, self._journal, self._file, self._ledger = sender, journal, file, ledger
        self._known_unanswered, self._held, self._asking = known_unanswered, held, asking
        self._unanswered: dict[str, Unanswered] = {}
        self._refused: set[str] = set()  # types of response_format
        self._dimensions: str | None = None  # of an embedder's vectors

    async def answer(self, call: Call, again: bool) -> Answer:
        """The answer to a question: from the journal, or from the model.

        Where the server refuses the response_format of the call, a simpler one is sent, then none. The answer counts
        as the one to the question as it was put: what a server can do is a matter of where the model is served.

        Args:
            again: what got no answer in earlier legs is asked, too; else it has to wait.

        Raises:
            Unanswered: there is none, with a status that says why.
            Later: it cannot be asked now.
            NotFinished: a batch has it.
            LonghandError: the job cannot go on (a refused key, a dead server, a full disk, a spent budget).
        """
        key = request_id(self.identity, call.messages, call.draw, call.extra)
        while True:
            if (known := self._journal.get(key)) is not None:
                self.progress.in_journal(key)
                if self.identity.api == EMBEDDINGS:
                    self._check_dimensions(known)
                return known
            if self.entry.serving.retired:
                raise no_answer_of_retired(self.entry.name)
            if key in self._unanswered:
                raise self._unanswered[key]
            if not again and self._known_unanswered.reason(key) is not None:
                raise Later
            if (other := self._asking.get(key)) is not None:  # equal questions at the same time are asked once
                await other.wait()
            elif self.endpoint.may_serve() and self._journal.claim(key):
                break
            elif self._journal.get(key) is None:  # another job asks it
                raise Later
        self._asking[key] = finished = asyncio.Event()
        try:
            self._held.check(key)
            return await self._answered(key, request_body(self.identity, key, call.messages, call.extra))
        except (Unanswered, LonghandError) as e:
            met = e if isinstance(e, Unanswered) else e.__cause__
            if isinstance(met, Unanswered):
                self._unanswered[key] = met
                self._known_unanswered.add(key, met, self._file.path)
            raise
        finally:
            del self._asking[key]
            self._journal.release(key)
            finished.set()

    async def _answered(self, key: str, body: dict[str, Any]) -> Answer:
        known = self._known_unanswered.reason(key) is not None
        answer = await self._sender.send(lambda attempt: self._send(key, body, attempt), known=known)
        self.progress.done(answer)
        return answer

    async def _send(self, key: str, body: dict[str, Any], attempt: int) -> Answer:
        while True:
            sent = self._accepted(body)
            try:
                return await self._paid(key, sent, attempt)
            except FormatRefused as e:
                self._refuse(sent["response_format"]["type"], str(e))

    async def _paid(self, key: str, body: dict[str, Any], attempt: int) -> Answer:
        """One request that may cost money, and its answer in the journal."""
        await self.endpoint.connect(self.entry.adapter)
        async with self._ledger.sending(key, body) as entry:
            start = time.monotonic()
            try:
                reply = await self.endpoint.send(_PATHS[self.identity.api], body, self.entry.adapter)
                seconds = time.monotonic() - start
                if self.identity.api == EMBEDDINGS:
                    texts = len(body["input"])
                    answer = read_embeddings(reply, key, texts, seconds, attempt, self.endpoint.without_key)
                else:
                    answer = read_reply(reply, key, seconds, attempt, self.endpoint.without_key)
                answer = dataclasses.replace(answer, server=self.endpoint.server)
            except Exception as e:
                entry.settled = not getattr(e, "lost", False)
                raise
            if self.identity.api == EMBEDDINGS:
                self._check_dimensions(answer)
            self._file.add(answer)
            entry.settled = True
        return answer

    def _check_dimensions(self, answer: Answer) -> None:
        """Raises LonghandError for vectors of an embedder that are of another length than those before."""
        dimensions = dimensions_of(answer.text)
        if self._dimensions not in (None, dimensions):
            what = f"vectors of {dimensions} numbers came, and others have {self._dimensions}"
            fix = (
                "another model is served under this name: serve the first again, name this one in `model`, "
                f"or forget them all: scripts/ask_again.py --embedder {self.entry.name}"
            )
            raise LonghandError(what, f"embedder {self.entry.name}", fix)
        self._dimensions = dimensions

    def _accepted(self, body: dict[str, Any]) -> dict[str, Any]:
        """`body` with the best response_format that the server did not refuse."""
        wanted = body.get("response_format")
        while wanted is not None and wanted["type"] in self._refused:
            wanted = _SIMPLER.get(wanted["type"])
        others = {name: value for name, value in body.items() if name != "response_format"}
        return others if wanted is None else others | {"response_format": wanted}

    def _refuse(self, kind: str, reason: str) -> None:
        if kind not in self._refused:
            self._refused.add(kind)
            instead = _SIMPLER.get(kind, {}).get("type", "text")
            line = f"the server refuses response_format {kind}, asking for {instead}: {reason}"
            print(line, file=sys.stderr, flush=True)


class RowAsker(Asker):
    """A client as a method sees it while it makes a row; for `again` see `Client.answer`."""

    def __init__(self, client: Client, again: bool):
        self.name, self.identity = client.entry.name, client.identity
        self._client, self._again = client, again

    async def answer(self, call: Call) -> Answer:
        """See `Client.answer`."""
        return await self._client.answer(call, self._again)
