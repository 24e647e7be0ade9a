"""The askers of one job: each entry is opened once, and entries of the same server share it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Collection, Mapping
from pathlib import Path, PurePath

from longhand.ask.batches.held import Held
from longhand.ask.client import Client, RowAsker
from longhand.ask.endpoints import Endpoint
from longhand.ask.journal import Journal, JournalFile
from longhand.ask.lasting import FaultNotes
from longhand.ask.ledger import Affords, Ledger
from longhand.ask.limit import Limit, limit_file
from longhand.ask.progress import Progress
from longhand.ask.reader import Reader
from longhand.ask.sending import Sender
from longhand.ask.servers import server_key
from longhand.ask.spend import Budget, in_words, keep_report, report
from longhand.ask.starts import keep_starts
from longhand.ask.unanswered import KnownUnanswered
from longhand.ask.work import Work
from longhand.config.entry import Entry
from longhand.program.errors import LonghandError
from longhand.wire.asker import Asker

_POLL = 0.2  # seconds


class Askers:
    """Opens the entries that a job asks. Use as an asynchronous context manager.

    Args:
        journal: of the run, entered.
        work: the job's own; entries that others' works name are opened as they come.
        job: of this job, a path of names: its files in the journals of other entries.
        server_log: for the output of servers that are started.
        faults: what other jobs of the run noted, of the job's own entry.
    """

    def __init__(self, journal: Journal, work: Work, job: PurePath, server_log: Path, faults: FaultNotes):
        self._journal, self._own, self._job = journal, work, job
        self._server_log, self._faults = server_log, faults
        self._known_unanswered, self._held = KnownUnanswered(journal), Held(journal.root)
        self._asking: dict[str, asyncio.Event] = {}
        self._clients: dict[PurePath, Client] = {}
        self._endpoints: dict[str, Endpoint] = {}
        self._limits: dict[str, Limit] = {}
        self._open = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Askers:
        await self._open.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    async def wait_for_files(self) -> None:
        """Waits while other jobs write the job's own files: one of a run that shares the journal, or a killed job's."""
        for entry in self._own.entries.values():
            file = self._journal.file((entry.place / self._own.file).as_posix())
            if file.is_taken():
                print(f"another job is writing {file.path}: waiting for its answers", file=sys.stderr, flush=True)
            while file.is_taken():
                await asyncio.sleep(_POLL)

    def of(self, work: Work, *, again: bool = False) -> Mapping[str, Asker]:
        """Role -> asker, for a row of a work. Entries that were not asked yet are opened.

        Args:
            again: what got no answer in earlier legs is asked, too; else it has to wait.

        Raises:
            LonghandError: an entry's journal cannot be written.
        """
        return {role: RowAsker(self.client(entry, work), again) for role, entry in work.entries.items()}

    def reading(self, work: Work) -> Mapping[str, Asker]:
        """Role -> an asker that only reads what came."""
        return {role: Reader(entry, self._journal, self._known_unanswered) for role, entry in work.entries.items()}

    def client(self, entry: Entry, work: Work) -> Client:
        """The client of an entry."""
        if entry.place not in self._clients:
            self._clients[entry.place] = self._opened(entry, work)
        return self._clients[entry.place]

    @property
    def shares(self) -> bool:
        """Whether the job has a server, up or not, that may answer for other jobs."""
        return any(endpoint.shared for endpoint in self._endpoints.values())

    @property
    def serving(self) -> set[str]:
        """The keys of such servers that are up."""
        return {key for key, endpoint in self._endpoints.items() if endpoint.shared and endpoint.up()}

    async def stop_servers(self) -> None:
        """Stops the servers that the job has started; they start again if something is asked."""
        for endpoint in self._endpoints.values():
            await endpoint.stop()

    def _opened(self, entry: Entry, work: Work) -> Client:
        """Opens an entry. Nothing is awaited, so that no other row finds it half open."""
        is_own = entry.place in {one.place for one in self._own.entries.values()}
        name = entry.place / (work.file if is_own else PurePath("others", self._job))
        file = self._journal.file(name.as_posix())
        if not is_own and file.is_taken():
            raise LonghandError("another job is writing the journal", str(file.path))
        is_its_own, ahead = entry.place == self._own.entry.place, "" if is_own else ", ahead"
        what = self._own.what if is_its_own else f"{entry.name}{ahead}"
        progress = Progress(what, self._own.number if is_own else 0, entry.serving.price)
        endpoint, limit = self._endpoint(entry, is_own), self._limit(entry)
        self._open.enter_context(file)
        self._open.callback(_tell_spend, file.path, entry, "" if is_its_own else f"{ahead}, at {entry.name}", is_own)
        if is_own:
            self._open.callback(lambda: keep_starts(file.folder, entry.serving, endpoint.start_seconds))
        affords = _affords(entry, file)
        ledger = self._open.enter_context(Ledger(file, entry.identity.longest or 0, affords))
        sender = Sender(entry.serving, progress, limit, ahead=not is_own and entry.serving.backend == "openai")
        shared = self._known_unanswered, progress, self._held, self._asking
        return Client(entry, endpoint, sender, self._journal, file, ledger, *shared)

    def _endpoint(self, entry: Entry, is_own: bool) -> Endpoint:
        key = _key(entry)
        if key not in self._endpoints:
            faults = self._faults if is_own else None
            endpoint = Endpoint(entry.serving, self._server_log, faults, self._journal.root)
            self._open.push_async_exit(endpoint)
            self._endpoints[key] = endpoint
        return self._endpoints[key]

    def _limit(self, entry: Entry) -> Limit:
        """Of a server that the job starts: one for all that it serves, by the job's own entry; else over all jobs."""
        serving = entry.serving
        shared = limit_file(self._journal.root, entry.kind, serving) if serving.backend == "openai" else None
        key = str(shared or _key(entry))
        if key not in self._limits:
            self._limits[key] = limit = Limit(serving.concurrency, shared)
            self._open.callback(limit.close)
        return self._limits[key]


def _key(entry: Entry) -> str:
    """Entries with the same key are reached in the same way: of a server that a job starts, its own key."""
    return str(entry.place) if entry.serving.backend == "openai" else server_key(entry.serving)


def can_be_served(work: Work, servers: Collection[str]) -> bool:
    """Whether all that a work asks is at these servers, or at an API whose key is at hand; and one at least at them."""
    keys = {_key(entry) for entry in work.entries.values() if entry.serving.backend != "openai"}
    variables = {entry.serving.api_key_env for entry in work.entries.values() if entry.serving.backend == "openai"}
    return bool(keys) and keys <= set(servers) and all(name is None or os.environ.get(name) for name in variables)


def _affords(entry: Entry, file: JournalFile) -> Affords | None:
    serving, longest = entry.serving, entry.identity.longest
    if serving.budget is None or serving.price is None or longest is None:  # the config has all or none
        return None
    return Budget(serving.budget, serving.price, file.entry).affords


def _tell_spend(file: Path, entry: Entry, where: str, is_own: bool) -> None:
    """What this job's answers cost, over all its legs: in the log and beside the journal."""
    figures = report(file, entry.serving.price)
    keep_report(file, figures)
    if is_own or figures["answers"]:
        print(f"spent in all legs of this job{where}: {in_words(figures)}", file=sys.stderr)
