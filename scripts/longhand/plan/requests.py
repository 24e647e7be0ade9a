"""The requests that stale ask jobs would send: found by the methods that send them, with askers that only look."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any

from longhand.config.entry import Entry
from longhand.config.order import datasets_in_order
from longhand.jobs.method import method_class
from longhand.plan.alike import AlikeAnswers, AlikeRows, is_imagined
from longhand.plan.contents import Contents, NotFetched
from longhand.plan.looking import PENDING, Known, Looker, Notes, Outcome, Request
from longhand.plan.made_datasets import MadeDatasets
from longhand.plan.stale import StaleJob
from longhand.plan.usage import Figures
from longhand.prompts.shards import longest_first, shard_of
from longhand.tables.files import Row, read_rows
from longhand.tables.prompt_rows import PromptRows

_RESPONSE_COLUMNS = ["prompt_id", "sample", "status", "error", "response"]


@dataclass
class JobRequests:
    """What an ask job would ask.

    Attributes:
        job: the stale job.
        entries: who is asked, by role.
        rows: of its table: responses, or responses × repeats.
        notes: what it would ask, and what the journal has.
        without_context: prompts whose context is null or blank, of a judge that looks into it.
        unused_criteria: prompts with criteria, where the judge grades by the dimensions of a rubric.
        unfetched: the file that must be made before the requests can be known.
    """

    job: StaleJob
    entries: dict[str, Entry]
    rows: int = 0
    notes: Notes = field(default_factory=Notes)
    without_context: set[str] = field(default_factory=set)
    unused_criteria: set[str] = field(default_factory=set)
    unfetched: str | None = None

    @property
    def missing(self) -> list[Request]:
        """What it would ask."""
        return self.notes.missing

    @property
    def answered(self) -> list[tuple[PurePath, Figures]]:
        """What the answers in the journal took, and by which entry."""
        return self.notes.answered

    @property
    def entry(self) -> PurePath:
        """The model or judge that it is for: its folder in the journal."""
        order = self.job.order
        return PurePath("models", order.model) if order.judge is None else PurePath("judges", order.judge)

    @property
    def attempts(self) -> int:
        """How often a question is asked at most until its reply can be read."""
        return int(self.job.order.settings.get("attempts", 1))

    def by_entry(self) -> dict[PurePath, list[Request]]:
        """What is missing, by who is asked: the model or judge that it is for, and others that it has a request for."""
        parts: dict[PurePath, list[Request]] = {self.entry: []}
        for request in self.missing:
            parts.setdefault(request.entry, []).append(request)
        return parts


Notice = Callable[[JobRequests, Outcome], None]


class Lookout:
    """Finds out what ask jobs would ask.

    Args:
        run: the run folder.
        contents: what the jobs read.
        notice: is told of each response or verdict.
    """

    def __init__(self, run: Path, contents: Contents, notice: Notice | None = None):
        self._run, self._contents, self._notice = run, contents, notice
        self._known = Known(run / "journal")
        self._read: dict[tuple[str, str, str | None], dict[str, Entry]] = {}
        self._awaited: dict[str, list[Row]] = {}  # of tables without any response yet: no second look
        self._made = MadeDatasets(run, contents, self._prompts, lambda table: self._responses(table, (0, 1)))

    async def look(self, jobs: Iterable[StaleJob]) -> AsyncIterator[JobRequests]:
        """What each of `jobs` would ask, of all ask jobs that will run.

        A dataset's jobs follow each other, and those of a model: its responses are read one by one, where they lie. A
        dataset that is made comes after those that it is made of: their questions are theirs.
        """
        jobs = list(jobs)
        datasets = datasets_in_order({job.dataset for job in jobs}, self._contents.config.raw)
        for job in sorted(jobs, key=lambda job: (datasets.index(job.dataset), job.model, not job.generates)):
            requests = JobRequests(job, self._entries(job))
            try:
                await (self._generate(requests) if job.generates else self._judge(requests))
            except NotFetched as e:
                requests.unfetched = e.target
            yield requests

    async def _prompts(self, dataset: str) -> PromptRows:
        """The prompts that jobs will read. Raises NotFetched."""
        maker = self._contents.maker(f"results/{dataset}/prompts.parquet")
        if maker is None or "made" not in self._contents.config.datasets[dataset]:
            return self._contents.prompts(dataset)
        return await self._made.prompts(dataset)

    async def _generate(self, requests: JobRequests) -> None:
        rows: list[Row] | None = []
        async for row in self._written(requests, self._notice):
            requests.rows += 1
            if rows is not None:
                if row["status"] == PENDING:
                    rows.append({key: row[key] for key in _RESPONSE_COLUMNS})
                else:
                    rows = None
        if rows is not None:
            self._awaited[requests.job.outputs[0]] = rows

    async def _written(self, requests: JobRequests, notice: Notice | None) -> AsyncIterator[Row]:
        """The responses that a job will write, as far as the journal has them."""
        order = requests.job.order
        looker = self._looker(requests, order.settings)
        samples = range(order.settings["samples"])
        prompts = await self._prompts(order.dataset)
        narrow = _of_shard(prompts.narrow(), order.shard_number)
        rows = [prompt | {"sample": sample} for prompt in narrow for sample in samples]
        known = [row for row in rows if not is_imagined(row)]  # in the table's order: their texts are read one by one
        rows = [*known, *longest_first(row for row in rows if is_imagined(row))]
        alike = AlikeRows(rows, requests.missing)
        for row in rows:
            response = alike.as_before(row)
            if response is None:
                (response,) = await looker.make(prompts.of(row["prompt_id"]) | row)
                alike.looked_at(row, response)
                _tell(notice, requests, looker, [response])
            yield response

    async def _judge(self, requests: JobRequests) -> None:
        order = requests.job.order
        prompts = await self._prompts(order.dataset)
        rubric = {} if order.rubric is None else {"rubric": self._contents.rubric(order.dataset)}
        settings = order.settings | rubric
        looker = self._looker(requests, settings)
        alike, repeats = AlikeAnswers(requests.missing), order.settings["repeats"]
        async for response in self._responses(str(order.responses), order.shard_number):
            requests.rows += repeats
            if self._notice is None and alike.as_before(response):
                continue
            row = prompts.of(response["prompt_id"]) | response
            with contextlib.chdir(self._run):  # a tokenizer is named relative to the run folder
                made = await looker.make(row)
            if made and made[0]["status"] == "no_context":
                requests.without_context.add(row["prompt_id"])
            if "dimensions" in rubric.get("rubric", {}) and row["criteria"]:
                requests.unused_criteria.add(row["prompt_id"])
            alike.looked_at(response)
            _tell(self._notice, requests, looker, made)

    async def _responses(self, path: str, shard: tuple[int, int]) -> AsyncIterator[Row]:
        """The responses of a shard in a table: written already, or as they are expected."""
        maker = self._contents.maker(path)
        if maker is None:
            for row in _of_shard(read_rows(self._run / path, columns=_RESPONSE_COLUMNS), shard):
                yield row
        elif path in self._awaited:
            for row in _of_shard(self._awaited[path], shard):
                yield row
        elif maker.asks:
            number, shards = maker.order.shard_number
            if shards != shard[1] or number == shard[0]:
                async for row in self._written(JobRequests(maker, self._entries(maker)), None):
                    if shard_of(row["prompt_id"], shard[1]) == shard[0]:
                        yield row
        elif "shards" in maker.inputs:  # gathered
            for part in maker.inputs["shards"]:
                async for row in self._responses(part, shard):
                    yield row
        else:
            async for row in self._contents.imported(maker, await self._prompts(maker.dataset)):
                if shard_of(row["prompt_id"], shard[1]) == shard[0]:
                    yield row

    def _looker(self, requests: JobRequests, settings: Mapping[str, Any]) -> Looker:
        order = requests.job.order
        method = method_class(order.step, order.method)(settings)
        return Looker(method, requests.entries, self._known, requests.notes, as_written=self._notice is not None)

    def _entries(self, job: StaleJob) -> dict[str, Entry]:
        """Role -> entry: one object for all jobs that ask the same."""
        key = job.order.asks, job.order.reached, job.order.trained
        if key not in self._read:
            self._read[key] = self._read_entries(job)
        return self._read[key]

    def _read_entries(self, job: StaleJob) -> dict[str, Entry]:
        """See `_entries`. Weights that are still to be trained here are unlike all others."""
        path = job.order.trained
        with contextlib.chdir(self._run):  # a manifest names its weights relative to the run folder
            if path is None or (self._contents.maker(path) is None and Path(path).is_file()):
                return job.order.entries()
            entries = dataclasses.replace(job.order, trained=None).entries()
        writer = entries["writer"]
        identity = dataclasses.replace(writer.identity, weights=f"{PENDING}: {path}")
        trained = dataclasses.replace(writer, identity=identity)
        return {role: trained if entry == writer else entry for role, entry in entries.items()}


def _of_shard(rows: Iterable[Row], shard: tuple[int, int]) -> Iterable[Row]:
    number, shards = shard
    return (row for row in rows if shard_of(row["prompt_id"], shards) == number)


def _tell(notice: Notice | None, requests: JobRequests, looker: Looker, made: Sequence[Row]) -> None:
    """Gives notice of each response or verdict among the rows that were just made."""
    if notice is not None:
        for outcome in looker.outcomes(made):
            notice(requests, outcome)
