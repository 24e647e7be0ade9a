"""Verdicts while answers come: each finished response is handed to the judges that the run will ask about it.

It is work done ahead. What comes of it waits in the judge's journal, where the judging step finds it; what does not
come is left to that step, which also says what is wrong.
"""

from __future__ import annotations

import asyncio
from collections import deque

from longhand.ask.askers import Askers
from longhand.ask.work import Work
from longhand.program.errors import say_passed_over
from longhand.tables.files import Row
from longhand.wire.asker import Later

GRACE = 30.0
"""Seconds that verdicts in flight get after the last response; before them, so many in which more may begin."""


class Followers:
    """The works that follow the rows of others. Use as an asynchronous context manager: leaving it ends them.

    Args:
        askers: of the job.
    """

    def __init__(self, askers: Askers):
        self._askers = askers
        self._waiting: dict[str, deque[tuple[Work, Work, Row]]] = {}  # by entry; rows only, since texts are long
        self._given_up: set[str] = set()
        self._ending = False
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Followers:
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def hand_over(self, work: Work, row: Row) -> None:
        """Takes note of a row that was made; what follows it is asked as soon as a request may be sent."""
        for follower in work.followers():
            name = follower.entry.name
            if name in self._given_up:
                continue
            self._waiting.setdefault(name, deque()).append((follower, work, row))
            if not self._ending and self._running(name) < follower.entry.serving.concurrency:
                task = asyncio.create_task(self._work(name), name=name)
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def end(self, *, begin_more: bool) -> None:
        """Waits for what is in flight, but not for ever: what is cut off may have been paid for.

        Args:
            begin_more: what still waits may begin for a while: the job holds nothing that others need.
        """
        if begin_more:
            await self._wait()
        self._ending = True
        await self._wait()

    async def _wait(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=GRACE)

    def _running(self, name: str) -> int:
        return sum(task.get_name() == name for task in self._tasks)

    async def _work(self, name: str) -> None:
        while self._waiting[name] and not self._ending:
            follower, work, row = self._waiting[name].popleft()
            try:
                for made in await work.make(self._askers.reading(work), row):
                    follower.check(await follower.make(self._askers.of(follower), row | made))
            except Later:
                continue
            except Exception as e:  # whatever it is, it must not fail the writer; the judging step meets it again
                self._give_up(name, e)

    def _give_up(self, name: str, error: Exception) -> None:
        self._waiting[name].clear()
        if name not in self._given_up:
            self._given_up.add(name)
            say_passed_over(f"verdicts of {name} are left to the judging step", error)
