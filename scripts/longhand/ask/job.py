"""One ask job from start to end: ask everything that is missing, then write the table."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePath

from longhand.ask.askers import Askers
from longhand.ask.followers import Followers
from longhand.ask.journal import FREE_SPACE, Journal
from longhand.ask.lasting import FaultNotes
from longhand.ask.queue import Queue
from longhand.ask.work import Table, Work
from longhand.program.errors import LastingError, LonghandError
from longhand.tables.coverage import Coverage
from longhand.tables.files import TableWriter
from longhand.tables.makers import made_with


def run_job(
    work: Work,
    table: Table,
    journal: Path,
    server_log: Path,
    faults: FaultNotes,
    others: Callable[[], Sequence[Work]] = list,
) -> Coverage:
    """Asks for all rows of a work and writes what came; returns the counts of what is in the table.

    Args:
        work: the job's own.
        table: that the job writes.
        journal: the folder of the run's journal.
        server_log: for the output of servers that the job starts.
        faults: what other jobs of the run noted.
        others: works of other jobs that can be asked now, for a server that the job has up; each is given once.

    Raises:
        LonghandError: too few rows were answered (their answers are kept), or the job could not go on.
    """
    job = PurePath(table.step, work.entry.name, work.file)
    with asking(journal, faults) as opened:
        return asyncio.run(_ask_and_write(work, table, Askers(opened, work, job, server_log, faults), others))


@contextlib.contextmanager
def asking(root: Path, faults: FaultNotes) -> Iterator[Journal]:
    """A journal to ask with. Lasting faults are noted, and a signal ends the process with one line.

    Args:
        root: the folder of the run's journal.
        faults: of the job.
    """
    try:
        with Journal(root) as journal:
            yield journal
    except LastingError as e:
        faults.keep(e)
        raise
    except KeyboardInterrupt:
        number = signal.SIGINT
    except asyncio.CancelledError:
        number = signal.SIGTERM
    else:
        return
    print(f"stopped by {number.name}; finished answers are in the journal", file=sys.stderr)
    sys.exit(128 + number)


def stop_by_signal() -> None:
    """Has SIGTERM (Slurm, Snakemake) stop the task as cleanly as Ctrl-C does: servers end, the journal is flushed."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)


async def _ask_and_write(work: Work, table: Table, askers: Askers, others: Callable[[], Sequence[Work]]) -> Coverage:
    stop_by_signal()
    async with askers, Followers(askers) as followers:
        await askers.wait_for_files()
        queue = Queue(askers, work, others, followers.hand_over)
        asking = asyncio.create_task(queue.work_off())
        showing = asyncio.create_task(queue.progress.show())
        own_done = asyncio.create_task(queue.own_done.wait())
        try:
            await asyncio.wait([asking, own_done], return_when=asyncio.FIRST_COMPLETED)
            if not queue.own_done.is_set():
                await asking  # raises what went wrong
            coverage = await _write(work, table, askers)
            await asking
            await askers.stop_servers()
            await followers.end(begin_more=not askers.shares)  # others may wait for its GPU
            return coverage
        finally:
            for each in (asking, showing, own_done):
                each.cancel()
            await asyncio.gather(asking, showing, own_done, return_exceptions=True)
            queue.progress.log()


async def _write(work: Work, table: Table, askers: Askers) -> Coverage:
    """Writes the table, from the journal alone."""
    coverage, entry = Coverage(), work.entry
    try:
        made = made_with(identity=entry.identity, settings=table.settings)
        with TableWriter(table.out, table.schema, table.step, made) as writer:
            for row in work.to_write():
                for part in await work.make(askers.reading(work), row):
                    writer.write(part)
                    coverage.add(part)
                await asyncio.sleep(0)  # the rows of others go on meanwhile
            fix = "mend the cause and start again (only these are asked again)"
            coverage.check(entry.serving.min_coverage, entry.name, table.step, fix)
    except OSError as e:
        raise LonghandError(f"cannot write the table: {e.strerror or e}", str(table.out), FREE_SPACE) from e
    return coverage
