"""The one queue of a job: its own rows, longest first; then, while its server is up, all else it may be asked."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from longhand.ask.askers import Askers, can_be_served
from longhand.ask.deadline import Deadline
from longhand.ask.work import Work
from longhand.program.errors import NotFinished, say_passed_over
from longhand.tables.files import Row
from longhand.wire.asker import Later

_LOOK_AGAIN = 1.0  # seconds: rows that wait for other jobs, tables that appear
_MOST_WAITING = 1000  # own rows: they are in memory, a judge's with the texts of responses

Finished = Callable[[Work, Row], None]


@dataclass
class _Rest:
    """What is left of another job's work: the longest row is at hand."""

    work: Work
    rows: Iterator[Row]
    head: Row
    length: float = field(init=False)

    def __post_init__(self) -> None:
        self.length = self.work.length(self.head)


class Queue:
    """Works off rows.

    Args:
        askers: of the job.
        work: the job's own.
        others: works of other jobs of the run that can be asked now; each is given once.
        finished: is told of each row that was made.

    Attributes:
        own_done: is set once all own rows are done; never where batches have questions of some.
    """

    def __init__(self, askers: Askers, work: Work, others: Callable[[], Sequence[Work]], finished: Finished):
        self._askers, self._own, self._others, self._finished = askers, work, others, finished
        self._rows, self._rows_again = iter(work.to_ask()), iter(deque[Row]())
        self._left, self._waiting, self._tried = work.number, deque[Row](), 0.0
        self._not_finished: NotFinished | None = None
        self._rests: list[_Rest] = []
        self._dropped: set[PurePath] = set()  # entries that cannot be asked any more, for others
        self._looked, self._in_flight = 0.0, Counter[bool]()  # own rows or not
        self._row_ended = asyncio.Event()
        self._deadline = Deadline()
        self.own_done = asyncio.Event()
        self.progress = askers.client(work.entry, work).progress

    async def work_off(self) -> None:
        """Asks until nothing is left. The first error of the job's own rows ends all.

        Raises:
            NotFinished: batches have questions of own rows. All others are done: what was sent is paid for.
        """
        if self._left == 0:
            self.own_done.set()
        workers = [asyncio.create_task(self._work()) for _ in range(self._own.entry.serving.concurrency)]
        try:
            await asyncio.gather(*workers)
            if self._not_finished is not None:
                raise self._not_finished
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    async def _work(self) -> None:
        while (chosen := await self._next()) is not None:
            work, row, again = chosen
            is_own = work is self._own
            self._in_flight[is_own] += 1
            try:
                await self._make(work, row, again)
            finally:
                self._in_flight[is_own] -= 1
                self._row_ended.set()
                self._row_ended = asyncio.Event()

    async def _make(self, work: Work, row: Row, again: bool) -> None:
        start = time.monotonic()
        try:
            made = await work.make(self._askers.of(work, again=again), row)
            work.check(made)
        except Later:
            if work is self._own:
                self._waiting.append(row)
            return
        except Exception as e:
            if work is not self._own:
                self._drop(work, e)  # whatever it is, others' rows never fail the job
            elif isinstance(e, NotFinished):
                self._left, self._not_finished = self._left - 1, e
            else:
                raise
            return
        self._deadline.note(time.monotonic() - start)
        if work is self._own:
            self._left -= 1
            self.progress.rows_done += 1
            if self._left == 0 and self._not_finished is None:
                self.own_done.set()
        self._finished(work, row)

    async def _next(self) -> tuple[Work, Row, bool] | None:
        """The row to make next, as soon as there is one; None once there is nothing more to come."""
        while True:
            if (row := next(self._rows_again, None)) is not None:
                return self._own, row, True
            if len(self._waiting) < _MOST_WAITING and (row := next(self._rows, None)) is not None:
                return self._own, row, False
            if self._waiting and self._may_try_again():
                self._rows_again, self._waiting, self._tried = iter(self._waiting), deque(), time.monotonic()
                continue
            if (other := self._next_of_others()) is not None:
                return other
            if self._left == 0 or not (self._waiting or self._askers.shares):
                return None  # the last rows are on their way; who made them sees what comes of it
            if not self._in_flight.total():  # what is left is asked by other jobs: they may need the GPU
                await self._askers.stop_servers()
            # wait_for may swallow a cancellation that comes as the wait ends (Python 3.11): the job would never end.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_AGAIN):
                    await self._row_ended.wait()

    def _may_try_again(self) -> bool:
        """Whether rows that had to wait are tried: first after all others, then every so often."""
        if not self._tried:
            return self._in_flight[True] == 0
        return time.monotonic() - self._tried > _LOOK_AGAIN

    def _next_of_others(self) -> tuple[Work, Row, bool] | None:
        """The longest row of other jobs' works, if a server of this job is up and there is time for it."""
        servers = self._askers.serving
        if not servers or not self._deadline.allows_more():
            return None
        if time.monotonic() - self._looked > _LOOK_AGAIN:
            self._looked = time.monotonic()
            for work in self._others():
                rows = self._rows_of(work)
                if (head := next(rows, None)) is not None:
                    self._rests.append(_Rest(work, rows, head))
        open_ones = [
            rest
            for rest in self._rests
            if rest.work.entry.place not in self._dropped and can_be_served(rest.work, servers)
        ]
        if not open_ones:
            return None
        longest = max(open_ones, key=lambda rest: rest.length)
        row, after = longest.head, next(longest.rows, None)
        if after is None:
            self._rests.remove(longest)
        else:
            longest.head, longest.length = after, longest.work.length(after)
        return longest.work, row, False

    def _rows_of(self, work: Work) -> Iterator[Row]:
        """Another job's rows; of a table that cannot be read, those up to there."""
        try:
            yield from work.to_ask()
        except Exception as e:
            _say_left(work, e)

    def _drop(self, work: Work, error: Exception) -> None:
        """Leaves an entry's rows to their own jobs."""
        if work.entry.place not in self._dropped:
            self._dropped.add(work.entry.place)
            _say_left(work, error)


def _say_left(work: Work, error: Exception) -> None:
    say_passed_over(f"{work.what} is left to its own job", error)
