"""The two steps of a judge that is asked in batches: one submits, the other collects. None of them waits."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection
from pathlib import Path

from longhand.ask.batches.api import BatchApi
from longhand.ask.batches.collect import collect
from longhand.ask.batches.desk import Desk
from longhand.ask.batches.state import BATCHES, SETTLED, BatchState, states_in
from longhand.ask.batches.submit import submit
from longhand.ask.endpoints import Endpoint
from longhand.ask.entry_files import EntryFiles
from longhand.ask.job import asking, stop_by_signal
from longhand.ask.journal import Journal
from longhand.ask.lasting import FaultNotes
from longhand.ask.locks import ByteLocks, say_once
from longhand.ask.spend import Budget, keep_report, report
from longhand.ask.work import Work
from longhand.program.errors import LonghandError

_LOCK = ".lock"  # who submits or collects batches of a judge
_POLL = 0.2  # seconds


def submit_batches(work: Work, journal: Path, faults: FaultNotes) -> list[BatchState]:
    """Makes batches of all that a judge's work would ask and that the journal lacks; returns those under way.

    Args:
        work: of the judging step.
        journal: the folder of the run's journal.
        faults: what other jobs of the run noted.

    Raises:
        NotFinished: a batch may have been created, and cannot be found yet.
        LonghandError: the provider takes none, or the budget does not suffice.
    """

    async def step(opened: Journal) -> list[BatchState]:
        async with _desk(work, opened, faults) as (desk, _):
            return await submit(desk)

    with asking(journal, faults) as opened:
        return asyncio.run(step(opened))


def collect_batches(work: Work, journal: Path, faults: FaultNotes, submitted: Collection[str] = ()) -> None:
    """Collects a judge's batches of a work, before anything of it is asked live. See `collect` for what it raises.

    Without any it does nothing.

    Args:
        work, journal, faults: as of `submit_batches`.
        submitted: keys of batches that there must be.
    """
    states = states_in(journal / work.entry.place / BATCHES)
    lost = set(submitted) - {state.key for state in states}
    if not lost and all(state.status == SETTLED or state.work != work.file for state in states):
        return

    async def step(opened: Journal) -> None:
        async with _desk(work, opened, faults, lost) as (desk, endpoint):
            name = (work.entry.place / work.file).as_posix()
            while (file := opened.file(name)).is_taken():
                await asyncio.sleep(_POLL)
            with file:
                try:
                    await collect(desk, file, endpoint.without_key)
                finally:
                    keep_report(file.path, report(file.path, work.entry.serving.price))

    with asking(journal, faults) as opened:
        asyncio.run(step(opened))


@contextlib.asynccontextmanager
async def _desk(
    work: Work, journal: Journal, faults: FaultNotes, lost: Collection[str] = ()
) -> AsyncIterator[tuple[Desk, Endpoint]]:
    """What a step needs, with the lock of the judge's batches."""
    stop_by_signal()
    entry = work.entry
    folder, serving = journal.root / entry.place / BATCHES, entry.serving
    files = EntryFiles(journal.root, "judges", entry.name)
    budget = None
    if serving.budget is not None and serving.price is not None:
        budget = Budget(serving.budget, serving.price, files).affords
    async with Endpoint(serving, Path(), faults) as endpoint, _alone(folder):
        yield Desk(work, journal, folder, BatchApi(endpoint, serving), budget, lost), endpoint


@contextlib.asynccontextmanager
async def _alone(folder: Path) -> AsyncIterator[None]:
    """No other job submits or collects batches of the judge meanwhile."""
    try:
        locks = ByteLocks(folder / _LOCK)
    except OSError as e:
        raise LonghandError(f"cannot open the journal: {e.strerror}", str(folder)) from e
    try:
        while not _taken(locks):
            await asyncio.sleep(_POLL)
        yield
    finally:
        locks.close()


def _taken(locks: ByteLocks) -> bool:
    try:
        return locks.take(0)
    except OSError as e:
        say_once(f"batches have no locks on this file system ({e.strerror}): let no two runs share the journal")
        return True
