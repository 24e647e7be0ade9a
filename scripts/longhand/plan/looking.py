"""Askers that ask nothing: a method's own code runs with them, and they note what it would ask.

An answer that the journal has is given. In place of another the method imagines one, so that the calls that follow
from it are counted too; what it cannot imagine ends the row. Each line of an imagined answer ends with a mark, so that
a call that has one in its messages is known to be estimated: the real answer may lead to more calls, fewer, others.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path, PurePath
from typing import Any

from longhand.ask.batches.held import under_way
from longhand.ask.journal import Journal
from longhand.ask.unanswered import KnownUnanswered
from longhand.config.entry import Entry
from longhand.jobs.method import Method
from longhand.plan.growing_text import GrowingText
from longhand.plan.usage import Figures, Prompt
from longhand.tables.files import Row
from longhand.text.imagined import is_marked, marked
from longhand.text.tokens import estimate_tokens, tokens_of_words
from longhand.wire.answer import Answer
from longhand.wire.asker import Asker, Call
from longhand.wire.identity import EMBEDDINGS, Identity, canonical
from longhand.wire.replies import Unanswered, no_answer_of_retired
from longhand.wire.request import Message, request_id

PENDING = "pending"
_OF_REPEAT = 2  # numbers in the draw of a question about one repeat: which, and which attempt
_known = lru_cache(32)(estimate_tokens)  # many answers are imagined alike
_AWAITED = re.compile("\ue000([0-9a-f]{64})\ue001")
"""Stands for a response that is not written yet, by an id: of its request, or of what is imagined of it."""


@dataclass(frozen=True)
class Request:
    """A question that would be asked.

    Attributes:
        prompt: what it is about.
        entry: who is asked: its folder in the journal.
        tokens: of all that is sent, by estimate, without the response to judge where that is not written yet.
        awaits: where so: the prompt's response is sent too.
        certain: it follows from what is known; else from an imagined answer.
        imagined: tokens of the answer that was imagined; None: of the row's last, of which only the length is foretold.
    """

    prompt: Prompt
    entry: PurePath
    tokens: int
    awaits: bool = False
    certain: bool = True
    imagined: int | None = None


@dataclass(frozen=True)
class Outcome:
    """What the journal has on one response, or on one verdict.

    Attributes:
        prompt_id: whose.
        status: as in the tables; failed where the journal has no answer.
        answers: ids of the requests to which there are answers; vectors: of those to an embedder.
        shared: likewise, of those that verdicts on other responses stand on too, and that could be read.
    """

    prompt_id: str
    status: str
    answers: tuple[str, ...]
    vectors: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()


class Known:
    """What is known before a run: all answers of its journal, and what got none.

    Attributes:
        planned: ids of requests that were noted before, for whatever job: equal questions are asked once.
        under_way: ids of those that are in a batch whose answers are not collected yet.
    """

    def __init__(self, root: Path):
        self.journal = Journal(root)  # never entered: so it only reads
        self.unanswered = KnownUnanswered(self.journal)
        self.planned: set[str] = set()
        self.under_way = under_way(root)


@dataclass
class Notes:
    """What a job would ask.

    Attributes:
        missing: its requests.
        under_way: how many others are in batches.
        answered: what the answers in the journal took, and by which entry.
    """

    missing: list[Request] = field(default_factory=list)
    under_way: int = 0
    answered: list[tuple[PurePath, Figures]] = field(default_factory=list)


class Looker:
    """Makes the rows of one job as far as they are known, one after another.

    Args:
        method: of the job.
        entries: role -> entry.
        known: of the run.
        notes: are added to.
        as_written: what got no answer has none, as in the tables; else it would be asked again, and is imagined.
    """

    def __init__(
        self, method: Method, entries: Mapping[str, Entry], known: Known, notes: Notes, *, as_written: bool = False
    ):
        self._method, self._known, self._notes, self._as_written = method, known, notes, as_written
        self._askers = {role: _LookingAsker(entry, self) for role, entry in entries.items()}
        self._row: Row = {}
        self._calls: list[tuple[Call, str]] = []  # of the row, with the ids of their requests
        self._embedded: list[str] = []  # likewise, of requests to an embedder
        self.unread = set[str]()  # likewise, of those whose answers could not be read
        self._awaited: str | None = None  # the id of a request that ended the row
        self._sent = GrowingText()

    async def make(self, row: Row) -> list[Row]:
        """The rows of the table for a row that is asked about; `response` has a mark where it is not written yet."""
        self._row, self._prompt, self._awaited = row, Prompt.of(row), None
        self._calls.clear()
        self._embedded.clear()
        self.unread.clear()
        return [self._marked(made) for made in await self._method.make(self._askers, row)]

    def outcomes(self, rows: Sequence[Row]) -> Iterator[Outcome]:
        """What the journal has on the responses or verdicts among the rows that were made last.

        A verdict whose dimensions differ comes once for each of their statuses, `ok` only where all of them are.
        """
        vectors = tuple(key for key in self._embedded if self._known.journal.get(key) is not None)
        answered = [(call, key) for call, key in self._calls if self._known.journal.get(key) is not None]
        # A draw without a repeat is of a question that all of them share, and all responses to a prompt.
        of_all = [(call, key) for call, key in answered if "repeat" in rows[0] and len(call.draw) < _OF_REPEAT]
        last = {(call.step, call.number): key for call, key in of_all}  # of the tries of a question
        shared = tuple(key for call, key in of_all if last[call.step, call.number] not in self.unread)
        parts: dict[int, list[Row]] = {}
        for row in rows:
            parts.setdefault(row["repeat"] if "repeat" in row else row["sample"], []).append(row)
        for number, of_part in parts.items():
            keys = [
                key
                for call, key in answered
                if len(parts) == 1 or len(call.draw) < _OF_REPEAT or call.draw[0] == number
            ]
            answers = tuple(key for key in keys if key not in shared)
            statuses = dict.fromkeys("failed" if row["status"] == PENDING else row["status"] for row in of_part)
            for status in [status for status in statuses if status != "ok"] or ["ok"]:
                yield Outcome(of_part[0]["prompt_id"], status, answers, vectors, shared)

    def answer(self, entry: Entry, call: Call) -> Answer:
        """The answer to a question: known, or imagined. Raises Unanswered where there is neither."""
        sent = "\n".join([entry.identity.system or "", *(message["content"] for message in call.messages)])
        awaits, certain = "\ue000" in sent and _AWAITED.search(sent) is not None, not is_marked(sent)
        key = (request_id if certain else _id_of_imagined)(entry.identity, call.messages, call.draw, call.extra)
        if entry.kind == "embedders":  # the same text has the same vectors
            self._embedded.append(key)
        else:
            self._calls.append((call, key))
        tokens = self._sent.tokens(_AWAITED.sub("", sent) if awaits else sent)
        imagined, prompt = self._method.imagine(call, self._row), self._prompt
        if call.expected is not None:
            prompt = dataclasses.replace(prompt, tokens=tokens_of_words(call.expected, prompt.language))
        if certain and (answer := self._known.journal.get(key)) is not None:
            writes = entry.identity.api != EMBEDDINGS
            figures = Figures.of(prompt, tokens, answer, last=imagined is None, writes=writes)
            self._notes.answered.append((entry.place, figures))
            return answer
        if entry.serving.retired:
            raise no_answer_of_retired(entry.name)
        if self._as_written and (reason := self._known.unanswered.reason(key)) is not None:
            raise reason
        if key not in self._known.planned:
            self._known.planned.add(key)
            length = None if imagined is None else _known(imagined)
            if key in self._known.under_way:
                self._notes.under_way += 1
            else:
                certain = certain and self._row.get("certain", True)
                self._notes.missing.append(Request(prompt, entry.place, tokens, awaits, certain, length))
        if imagined is None:
            self._awaited = key
            raise Unanswered(PENDING, key)
        return Answer(key, marked(imagined, key), "stop", None, None, 0.0, 1)

    def _marked(self, made: Row) -> Row:
        """A row of the table, with a mark in place of a response that is not written yet."""
        if "response" not in made:
            return made
        key, response = self._awaited, made["response"]
        if key is None and response is not None and is_marked(response):
            key = hashlib.sha256(response.encode("utf-8", "surrogatepass")).hexdigest()
        return made if key is None else made | {"status": PENDING, "response": awaiting(key)}


def _id_of_imagined(
    identity: Identity, messages: Sequence[Message], draw: Sequence[int], extra: Mapping[str, Any]
) -> str:
    """An id of a question that no journal can have: for one of long texts it is had sooner than that of a request."""
    texts = [message["content"] for message in messages]
    others = [{**message, "content": ""} for message in messages]
    whole = "\0".join([*texts, canonical([identity.to_json(), others, list(draw), dict(extra)])])
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()


class _LookingAsker(Asker):
    """One role, as a method sees it."""

    def __init__(self, entry: Entry, looker: Looker):
        self.name, self.identity = entry.name, entry.identity
        self._entry, self._looker = entry, looker

    async def answer(self, call: Call) -> Answer:
        """See `Looker.answer`."""
        return self._looker.answer(self._entry, call)

    def remark(self, answer: Answer, status: str, error: str | None = None) -> None:
        """Notes an answer that could not be read."""
        self._looker.unread.add(answer.id)


def awaiting(key: str) -> str:
    """What stands for a response that is not written yet, by an id of 64 hex digits."""
    return f"\ue000{key}\ue001"


def awaited(response: str | None) -> str | None:
    """The id of a response that is not written yet; None for one that is there, or that there is not."""
    match = None if response is None else _AWAITED.fullmatch(response)
    return None if match is None else match[1]


class FirstQuestion(Asker):
    """An asker that gives no answer and notes how long the first question is.

    Attributes:
        tokens: that were sent, by estimate; None: nothing was asked.
    """

    def __init__(self, name: str, identity: Identity):
        self.name, self.identity = name, identity
        self.tokens: int | None = None

    async def answer(self, call: Call) -> Answer:
        """Raises Unanswered."""
        if self.tokens is None:
            contents: Iterable[str] = (message["content"] for message in call.messages)
            self.tokens = estimate_tokens("\n".join([self.identity.system or "", *contents]))
        raise Unanswered(PENDING, "nothing is asked")
