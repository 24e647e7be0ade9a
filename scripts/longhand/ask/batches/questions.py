"""What a work would ask: its method's own code runs with an asker that only takes the questions down."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from longhand.ask.batches.api import LINE_URL
from longhand.ask.journal import Journal
from longhand.ask.ledger import most_tokens
from longhand.ask.unanswered import KnownUnanswered
from longhand.ask.work import Work
from longhand.config.entry import Entry
from longhand.wire.answer import Answer
from longhand.wire.asker import Asker, Call
from longhand.wire.replies import Unanswered
from longhand.wire.request import request_body, request_id

MOST_REQUESTS, MOST_BYTES = 50_000, 90 * 10**6
"""Of an input file: OpenAI takes as many lines, and 200 MB; others take 100 MB."""
_ENDS = {code: f"\\u{code:04x}" for code in (0x85, 0x2028, 0x2029)}  # which some take for ends of lines


class InputFile:
    """Lines of a batch's input, in a file that nobody sees and that goes when it is closed.

    Attributes:
        file: open to read and write.
        requests: their ids, in the order of the lines.
        prompt_tokens: the most that they can have.
    """

    def __init__(self, folder: Path):
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  it goes on to be uploaded
        self.requests: dict[str, None] = {}
        self.prompt_tokens = 0

    def add(self, request: str, body: Mapping[str, Any]) -> bool:
        """Appends a request; False where the file is full."""
        fields = {"custom_id": request, "method": "POST", "url": LINE_URL, "body": body}
        line = json.dumps(fields, ensure_ascii=False).translate(_ENDS).encode("utf-8", "replace") + b"\n"
        if self.requests and (len(self.requests) == MOST_REQUESTS or self.file.tell() + len(line) > MOST_BYTES):
            return False
        self.file.write(line)
        self.requests[request] = None
        self.prompt_tokens += most_tokens(body)
        return True

    def without(self, requests: Collection[str]) -> InputFile:
        """The same without some requests; this one is closed."""
        rest = InputFile(self._folder)
        self.file.seek(0)
        for line in self.file:
            record = json.loads(line)
            if record["custom_id"] not in requests:
                rest.add(record["custom_id"], record["body"])
        self.file.close()
        return rest


class _Noting(Asker):
    """An asker that gives what the journal has, and takes down what it lacks.

    Args:
        entry: who would be asked.
        journal: of the run.
        unanswered: what got no answer before is left to be asked live, which says why.
        note: is told of each request that nobody has asked yet.
    """

    def __init__(
        self,
        entry: Entry,
        journal: Journal,
        unanswered: KnownUnanswered,
        note: Callable[[str, dict[str, Any]], None],
    ):
        self.name, self.identity = entry.name, entry.identity
        self._journal, self._unanswered, self._note = journal, unanswered, note

    async def answer(self, call: Call) -> Answer:
        """The answer in the journal. Raises Unanswered where there is none."""
        key = request_id(self.identity, call.messages, call.draw, call.extra)
        if (answer := self._journal.get(key)) is not None:
            return answer
        if self._unanswered.reason(key) is None:
            self._note(key, request_body(self.identity, key, call.messages, call.extra))
        raise Unanswered("failed", "it is not asked yet")


async def input_files(work: Work, journal: Journal, held: Collection[str], folder: Path) -> AsyncIterator[InputFile]:
    """The questions of a work that the journal has no answer to, in files for batches, each once.

    Args:
        work: whose.
        journal: entered.
        held: requests that batches have already.
        folder: for the files.
    """
    file, waiting, noted = InputFile(folder), list[tuple[str, dict[str, Any]]](), set(held)

    def note(request: str, body: dict[str, Any]) -> None:
        if request not in noted:
            noted.add(request)
            waiting.append((request, body))

    unanswered = KnownUnanswered(journal)
    askers = {role: _Noting(entry, journal, unanswered, note) for role, entry in work.entries.items()}
    for row in work.to_ask():
        await work.make(askers, row)
        for request, body in waiting:
            if not file.add(request, body):
                yield file
                file = InputFile(folder)
                file.add(request, body)
        waiting.clear()
        await asyncio.sleep(0)  # a signal may end it
    if file.requests:
        yield file
