"""The requests that stale ask jobs would send: found by the code that sends them, with a client that only looks."""

from __future__ import annotations

import contextlib
import dataclasses
import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from longhand.ask.client import Client
from longhand.ask.journal import Journal
from longhand.ask.unanswered import KnownUnanswered
from longhand.judging.rubric import judge
from longhand.methods.direct import direct
from longhand.plan.contents import Contents, NotFetched
from longhand.plan.stale import GENERATE, IMPORT, StaleJob
from longhand.plan.usage import Figures, Prompt
from longhand.prompts.shards import longest_first
from longhand.tables.files import Row, read_rows
from longhand.text.tokens import estimate_tokens
from longhand.training.trained import read_trained
from longhand.wire.answer import Answer
from longhand.wire.identity import Identity
from longhand.wire.replies import Unanswered
from longhand.wire.request import Message, request_id

_PENDING = "pending"
_MARK = re.compile("\ue000([0-9a-f]{64})\ue001")
"""Stands for a response that is not written yet, by the id of its request."""


@dataclass(frozen=True)
class Request:
    """A question that would be asked.

    Attributes:
        prompt: what it is about.
        tokens: of all that is sent, by estimate, without the response to judge where that is not written yet.
        awaits: where so, the response's prompt.
    """

    prompt: Prompt
    tokens: int
    awaits: bool


@dataclass
class AskJob:
    """What an ask job would do.

    Attributes:
        job: the stale job.
        asked: name of its model or judge.
        rows: of its table: responses, or responses × repeats.
        missing: what it would ask.
        found: what the answers in the journal took.
        unfetched: the file that must be made before the requests can be known.
    """

    job: StaleJob
    asked: str
    rows: int = 0
    missing: list[Request] = field(default_factory=list)
    found: list[Figures] = field(default_factory=list)
    unfetched: str | None = None

    @property
    def generates(self) -> bool:
        return self.job.rule in GENERATE


@dataclass(frozen=True)
class Outcome:
    """What the journal has on one response, or on one verdict.

    Attributes:
        prompt_id: whose.
        status: as in the tables; failed where the journal has no answer.
        answers: ids of the requests to which there are answers.
    """

    prompt_id: str
    status: str
    answers: tuple[str, ...]


Notice = Callable[[AskJob, Outcome], None]


class Looking(Client):
    """A client that asks nothing: it finds answers in the journal, and notes what is not there.

    Args:
        identity: of the model or judge.
        journal: its journal.
        unanswered: requests that got no answer, beside it.
        planned: ids that were noted before, for this job or another: equal questions are asked once.
        job: takes down what is found and what is missing.

    Attributes:
        prompt: what is asked about now.
        seen: requests about it: sample or repeat, and id.
    """

    prompt: Prompt

    def __init__(
        self, identity: Identity, journal: Journal, unanswered: KnownUnanswered, planned: set[str], job: AskJob
    ):
        self.identity, self._journal, self._planned, self._job = identity, journal, planned, job
        self._known_unanswered = unanswered
        self.seen: list[tuple[int, str]] = []

    def outcomes(self, rows: Iterable[Row]) -> Iterator[Outcome]:
        """What was found for each sample or repeat of `rows`."""
        for number, row in {row.get("repeat", row["sample"]): row for row in rows}.items():
            keys = [key for one, key in self.seen if one == number]
            reasons = [self._known_unanswered.reason(key) for key in keys if self._journal.get(key) is None]
            status = next((reason.status for reason in reasons if reason is not None), row["status"])
            if status == _PENDING or ("repeat" in row and status == "too_long"):
                status = "failed"
            yield Outcome(row["prompt_id"], status, tuple(key for key in keys if self._journal.get(key) is not None))

    async def ask(
        self, messages: Sequence[Message], *, draw: Sequence[int], extra: Mapping[str, Any] | None = None
    ) -> Answer:
        """The answer from the journal. Raises Unanswered with status pending and the request's id."""
        key = request_id(self.identity, messages, draw, extra or {})
        self.seen.append((draw[0], key))
        sent = "\n".join([self.identity.system or "", *(message["content"] for message in messages)])
        known = _MARK.sub("", sent)
        tokens = estimate_tokens(known)
        if (answer := self._journal.get(key)) is not None:
            self._job.found.append(Figures.of(self.prompt, tokens, answer))
            return answer
        if key not in self._planned:
            self._planned.add(key)
            self._job.missing.append(Request(self.prompt, tokens, awaits=known != sent))
        raise Unanswered(_PENDING, key)


class Lookout:
    """Finds out what ask jobs would ask.

    Args:
        run: the run folder.
        contents: what the jobs read.
        notice: is told of each response or verdict.
    """

    def __init__(self, run: Path, contents: Contents, notice: Notice | None = None):
        self._run, self._contents, self._notice = run, contents, notice
        self._writers: dict[str, StaleJob] = {}
        self._journal = Journal(run / "journal")  # never entered: so it only reads
        self._known_unanswered = KnownUnanswered(self._journal)
        self._planned: dict[str, set[str]] = {}

    async def look(self, jobs: Iterable[StaleJob]) -> AsyncIterator[AskJob]:
        """What each of `jobs` would ask, of all jobs that will run. Responses are read one by one, where they lie."""
        shards: dict[tuple[str, str, str], list[StaleJob]] = {}
        for job in jobs:
            shards.setdefault((job.dataset, job.model, job.shard), []).append(job)
        for together in shards.values():
            self._writers = {path: job for job in together for path in job.outputs}
            for job in sorted(together, key=lambda job: job.rule not in GENERATE):
                if job.rule not in IMPORT:
                    yield await self._look(job)

    async def _look(self, job: StaleJob) -> AskJob:
        found = AskJob(job, job.wildcards["model" if job.rule in GENERATE else "judge"])
        try:
            await (self._generate(found) if found.generates else self._judge(found))
        except NotFetched as e:
            found.unfetched = e.target
        return found

    async def _generate(self, found: AskJob) -> None:
        async for _ in self._written(found, self._notice):
            found.rows += 1

    async def _written(self, found: AskJob, notice: Notice | None) -> AsyncIterator[Row]:
        """The responses that a job will write, as far as the journal has them; `found` takes down what is asked."""
        job, client = found.job, self._looking(found)
        samples = range(job.params["samples"])
        rows = [row | {"sample": sample} for row in self._contents.shard(job.dataset, job.shard) for sample in samples]
        for row in longest_first(rows):
            client.prompt = Prompt.of(row)
            rows_of_table = await direct(client, row)
            _tell(notice, found, client, rows_of_table)
            for written in rows_of_table:
                pending = {"response": f"\ue000{written['error']}\ue001"} if written["status"] == _PENDING else {}
                yield written | pending

    async def _judge(self, found: AskJob) -> None:
        job, client = found.job, self._looking(found)
        prompts = {row["prompt_id"]: row for row in self._contents.shard(job.dataset, job.shard)}
        rubric = self._contents.rubric(job.dataset)
        repeats, attempts = job.params["repeats"], job.params["attempts"]
        async for response in self._responses_to(job):
            row = prompts[response["prompt_id"]] | response
            client.prompt = Prompt.of(row)
            _tell(self._notice, found, client, await judge(client, row, rubric, found.asked, repeats, attempts))
            found.rows += repeats

    async def _responses_to(self, job: StaleJob) -> AsyncIterator[Row]:
        """The responses that a job judges: written already, or as they are expected."""
        path = f"work/{job.dataset}/{job.model}/responses/{job.shard}.parquet"
        writer = self._writers.get(path)
        if writer is not None and writer.rule not in IMPORT:
            async for row in self._written(AskJob(writer, writer.model), None):
                yield row
            return
        table = self._run / path
        columns = ["prompt_id", "sample", "response"]
        for row in read_rows(table, columns=columns) if writer is None else self._contents.imported(writer):
            yield row

    def _looking(self, found: AskJob) -> Looking:
        name = found.asked
        identity = Identity.from_json(found.job.params["identity"])
        if path := found.job.trained:
            there = path not in found.job.made_anew and (self._run / path).is_file()
            with contextlib.chdir(self._run):  # a manifest names its weights relative to the run folder
                weights = read_trained(Path(path)).digest if there else f"{_PENDING}: {path}"
            identity = dataclasses.replace(identity, weights=weights)
        return Looking(identity, self._journal, self._known_unanswered, self._planned.setdefault(name, set()), found)


def _tell(notice: Notice | None, job: AskJob, client: Looking, rows: Iterable[Row]) -> None:
    """Gives notice of each response or verdict among the rows that were just looked for."""
    if notice is not None:
        for outcome in client.outcomes(rows):
            notice(job, outcome)
    client.seen.clear()
