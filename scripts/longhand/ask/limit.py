"""How many requests may be in flight at a model or judge, over all jobs that ask it."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from longhand.ask.locks import say_once
from longhand.ask.slots import OwnSlots, SharedSlots
from longhand.config.serving import Serving
from longhand.wire.replies import Transient

_Result = TypeVar("_Result")
_SHORTEST, _LONGEST = 0.002, 0.025  # seconds between two looks for a slot that another job gave back


def limit_file(root: Path, kind: str, serving: Serving) -> Path:
    """The file of the limit that a model or judge is under.

    Args:
        root: the folder of all journals.
        kind: models or judges.
    """
    return root / ".limits" / (f"@{serving.limit}" if serving.limit is not None else f"{kind}.{serving.name}")


class Limit:
    """Lets requests through in the order in which they come, within one event loop.

    Args:
        most: requests in flight; fewer while the server is busy.
        shared: the file by which all jobs share the limit; None: it is of this job only.

    Attributes:
        in_flight: requests of this job.
    """

    def __init__(self, most: int, shared: Path | None = None):
        self._most, self._shared = most, shared
        self._slots: OwnSlots | SharedSlots | None = None  # until they are needed
        self.in_flight, self._doubted = 0, False
        self._let_in = 0  # requests that have a slot and are about to start
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._next_look: asyncio.TimerHandle | None = None
        self._pause, self._closed = _SHORTEST, False

    @property
    def allowed(self) -> int:
        """Requests that may be in flight now, over all jobs; while `doubted`, of this one."""
        return 1 if self._doubted else self._on_slots(lambda slots: slots.pace).allowed(self._most)

    @property
    def doubted(self) -> bool:
        """Whether one request of this job at a time is let through."""
        return self._doubted

    @doubted.setter
    def doubted(self, value: bool) -> None:
        if value != self._doubted:
            self._doubted = value
            self._soon()

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Waits until a request may be sent; it is in flight inside the block."""
        await self._turn()
        halvings = self._on_slots(lambda slots: slots.pace).halvings
        try:
            yield
            self._on_slots(lambda slots: slots.ease())
        except Transient as e:
            if e.busy:
                self._on_slots(lambda slots: slots.halve(halvings, self.in_flight))
            raise
        finally:
            self.in_flight -= 1
            self._soon()

    def close(self) -> None:
        """Gives all slots back. Nothing is let through any more."""
        self._closed = True
        self._end_slots()

    def _end_slots(self) -> None:
        if self._next_look is not None:
            self._next_look.cancel()
        if self._slots is not None:
            self._slots.close()

    async def _turn(self) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._let_through()
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # it was let in at the same moment
                self._let_in -= 1
            elif turn in self._waiting:
                self._waiting.remove(turn)
            self._soon()
            raise
        self._let_in -= 1
        self.in_flight += 1

    def _soon(self) -> None:
        """Lets others through once the caller has said whether the server is doubted."""
        asyncio.get_running_loop().call_soon(self._let_through)

    def _look(self) -> None:
        self._next_look = None
        self._let_through()

    def _let_through(self) -> None:
        if self._closed:
            return
        using = self.in_flight + self._let_in
        room = max(0, 1 - using) if self._doubted else len(self._waiting)
        wanted = using + min(room, len(self._waiting))
        held = self._on_slots(lambda slots: slots.hold(using, wanted, look=self._next_look is None))
        while self._waiting and self.in_flight + self._let_in < held:
            turn = self._waiting.popleft()
            if not turn.cancelled():
                turn.set_result(None)
                self._let_in += 1
        if held == wanted:
            if self._next_look is not None:
                self._next_look.cancel()
            self._next_look, self._pause = None, _SHORTEST
        elif isinstance(self._slots, SharedSlots) and self._next_look is None:
            pause = self._pause * random.uniform(0.5, 1)  # no job always comes just after another
            self._next_look = asyncio.get_running_loop().call_later(pause, self._look)
            self._pause = min(_LONGEST, self._pause * 1.5)

    def _on_slots(self, do: Callable[[OwnSlots | SharedSlots], _Result]) -> _Result:
        """Uses those that all jobs share, or those of this job once a file system turns out to have no locks."""
        if self._shared is not None:
            try:
                if self._slots is None:
                    self._slots = SharedSlots(self._shared, self._most)
                return do(self._slots)
            except OSError as e:
                folder, why = self._shared.parent, e.strerror or e
                say_once(f"`concurrency` counts for each job, not for all jobs: {folder} has no locks ({why})")
                self._end_slots()
                self._shared = self._slots = None
        if self._slots is None:
            self._slots = OwnSlots(self._most)
        return do(self._slots)
