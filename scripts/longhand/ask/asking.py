"""One ask job from start to end: ask everything that is missing, then write the table."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from longhand.ask.client import Client
from longhand.ask.endpoints import Endpoint
from longhand.ask.journal import FREE_SPACE, Journal, JournalFile
from longhand.ask.lasting import FaultNotes
from longhand.ask.ledger import Affords, Ledger
from longhand.ask.limit import Limit, limit_file
from longhand.ask.progress import Progress
from longhand.ask.sending import Sender
from longhand.ask.spend import Budget, in_words, keep_report, report
from longhand.ask.starts import keep_starts
from longhand.ask.unanswered import KnownUnanswered
from longhand.config.serving import Serving
from longhand.program.errors import LastingError, LonghandError
from longhand.tables.coverage import Coverage
from longhand.tables.files import Row, TableWriter
from longhand.tables.makers import made_with
from longhand.wire.identity import Identity


@dataclass(frozen=True)
class AskJob:
    """Where a job's answers, log and table go.

    Attributes:
        journal: the folder of all journals.
        shard: the job's own file in it, without ending: models or judges, the name, the dataset, for a judge the
            model, and the shard.
        server_log: for the output of a server that the job starts.
        out: the table; it appears when it is complete.
        schema, step: of the table.
        settings: what decides its rows beside the model's identity.
        rows: how many rows are asked for.
    """

    journal: Path
    shard: str
    server_log: Path
    out: Path
    schema: pa.Schema
    step: str
    rows: int
    settings: dict[str, Any] = field(default_factory=dict)


def run_job(
    job: AskJob,
    identity: Identity,
    serving: Serving,
    to_ask: Callable[[], Iterable[Row]],
    to_write: Callable[[], Iterable[Row]],
    method: Callable[[Client, Row], Awaitable[list[Row]]],
) -> None:
    """Asks for all rows and writes what came.

    Args:
        to_ask: the rows in the order in which to ask, best the longest first.
        to_write: the same rows in the table's order.
        method: asks what a row needs and gives its rows of the table. It is called twice: once to ask, once,
            answered from the journal, to write. So a table depends on the journal alone, not on what happened.

    Raises:
        LonghandError: too few rows were answered (their answers are kept), or the job could not go on.
    """
    kind, _, shard = job.shard.split("/", 2)
    progress = Progress(f"{serving.name} on {shard}", job.rows, serving.price)
    faults = FaultNotes(job.step, serving.name, shard.split("/")[0])
    endpoint = Endpoint(serving, job.server_log, faults)
    shared = limit_file(job.journal, kind, serving) if serving.backend == "openai" else None
    limit = Limit(serving.concurrency, shared)
    with (
        _stopped_in_one_line(),
        contextlib.closing(limit),
        Journal(job.journal) as journal,
        journal.file(job.shard) as file,
    ):
        try:
            with Ledger(file, identity.longest or 0, _affords(identity, serving, file)) as ledger:
                known, sender = KnownUnanswered(journal), Sender(serving, progress, limit)
                client = Client(identity, endpoint, sender, file, ledger, known, progress)
                asyncio.run(_ask_and_write(job, serving, endpoint, client, progress, to_ask, to_write, method))
        except LastingError as e:
            faults.keep(e)
            raise
        finally:
            _tell_spend(file.path, serving)
            keep_starts(file.folder, serving, endpoint.start_seconds)


@contextlib.contextmanager
def _stopped_in_one_line() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        number = signal.SIGINT
    except asyncio.CancelledError:
        number = signal.SIGTERM
    else:
        return
    print(f"stopped by {number.name}; finished answers are in the journal", file=sys.stderr)
    sys.exit(128 + number)


async def _ask_and_write(
    job: AskJob,
    serving: Serving,
    endpoint: Endpoint,
    client: Client,
    progress: Progress,
    to_ask: Callable[[], Iterable[Row]],
    to_write: Callable[[], Iterable[Row]],
    method: Callable[[Client, Row], Awaitable[list[Row]]],
) -> None:
    # SIGTERM (Slurm, Snakemake) stops as cleanly as Ctrl-C does: servers are ended, the journal is flushed.
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    async with endpoint:
        showing = asyncio.create_task(progress.show())
        try:
            await _for_all(to_ask(), lambda row: method(client, row), serving.concurrency, progress)
            if client.postponed:
                client.postpones, progress.rows_done = False, 0
                await _for_all(to_ask(), lambda row: method(client, row), serving.concurrency, progress)
        finally:
            showing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await showing
            progress.log()
    try:
        made, coverage = made_with(identity=client.identity, settings=job.settings), Coverage()
        with TableWriter(job.out, job.schema, job.step, made) as table:
            for row in to_write():
                for part in await method(client, row):
                    table.write(part)
                    coverage.add(part)
            fix = "mend the cause and start again (only these are asked again)"
            coverage.check(serving.min_coverage, serving.name, job.step, fix)
    except OSError as e:
        raise LonghandError(f"cannot write the table: {e.strerror or e}", str(job.out), FREE_SPACE) from e


def _affords(identity: Identity, serving: Serving, file: JournalFile) -> Affords | None:
    if serving.budget is None or serving.price is None or identity.longest is None:  # the config has all or none
        return None
    return Budget(serving.budget, serving.price, file.entry).affords


def _tell_spend(journal_file: Path, serving: Serving) -> None:
    """What this job's answers cost, over all its legs: in the log and beside the journal."""
    figures = report(journal_file, serving.price)
    print(f"spent in all legs of this job: {in_words(figures)}", file=sys.stderr)
    keep_report(journal_file, figures)


async def _for_all(
    rows: Iterable[Row], ask: Callable[[Row], Awaitable[object]], workers: int, progress: Progress
) -> None:
    """Runs `ask` on all rows, `workers` at a time, taking them in order. The first error ends all."""
    waiting: Iterator[Row] = iter(rows)

    async def work() -> None:
        for row in waiting:
            await ask(row)
            progress.rows_done += 1

    tasks = [asyncio.create_task(work()) for _ in range(min(workers, progress.rows))]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)
