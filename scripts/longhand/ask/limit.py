"""How many requests may be in flight at a model or judge, over all jobs that ask it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import islice
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


@dataclass(eq=False)
class Lane:
    """The requests of one asker under a limit that it may share with others.

    Attributes:
        in_flight: requests.
        let_in: requests that have a slot and are about to start.
        doubted: whether one at a time is let through.
    """

    in_flight: int = 0
    let_in: int = 0
    doubted: bool = False


class Limit:
    """Lets requests through in the order in which they come, within one event loop.

    Args:
        most: requests in flight; fewer while the server is busy.
        shared: the file by which all jobs share the limit; None: it is of this job only.
    """

    def __init__(self, most: int, shared: Path | None = None):
        self._most, self._shared = most, shared
        self._slots: OwnSlots | SharedSlots | None = None  # until they are needed
        self._lanes: set[Lane] = set()
        self._waiting: dict[asyncio.Future[None], Lane] = {}
        self._next_look: asyncio.TimerHandle | None = None
        self._pause, self._closed = _SHORTEST, False

    @property
    def allowed(self) -> int:
        """Requests that may be in flight now, over all jobs."""
        return self._on_slots(lambda slots: slots.pace).allowed(self._most)

    @property
    def in_flight(self) -> int:
        """Requests of this job."""
        return sum(lane.in_flight for lane in self._lanes)

    @asynccontextmanager
    async def slot(self, lane: Lane) -> AsyncIterator[None]:
        """Waits until a request may be sent; it is in flight inside the block."""
        self._lanes.add(lane)
        await self._turn(lane)
        halvings = self._on_slots(lambda slots: slots.pace).halvings
        try:
            yield
            self._on_slots(lambda slots: slots.ease())
        except Transient as e:
            if e.busy:
                self._on_slots(lambda slots: slots.halve(halvings, self.in_flight))
            raise
        finally:
            lane.in_flight -= 1
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

    async def _turn(self, lane: Lane) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._waiting[turn] = lane
        self._let_through()
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # it was let in at the same moment
                lane.let_in -= 1
            self._waiting.pop(turn, None)
            self._soon()
            raise
        lane.let_in -= 1
        lane.in_flight += 1

    def _soon(self) -> None:
        """Lets others through once the caller has said whether the server is doubted."""
        asyncio.get_running_loop().call_soon(self._let_through)

    def _look(self) -> None:
        self._next_look = None
        self._let_through()

    def _let_through(self) -> None:
        if self._closed:
            return
        using = sum(lane.in_flight + lane.let_in for lane in self._lanes)
        ready = self._ready()
        wanted = using + len(ready)
        held = self._on_slots(lambda slots: slots.hold(using, wanted, look=self._next_look is None))
        for turn in list(islice(ready, held - using)):
            lane = self._waiting.pop(turn)
            if not turn.cancelled():
                turn.set_result(None)
                lane.let_in += 1
        if held == wanted:
            if self._next_look is not None:
                self._next_look.cancel()
            self._next_look, self._pause = None, _SHORTEST
        elif isinstance(self._slots, SharedSlots) and self._next_look is None:
            pause = self._pause * random.uniform(0.5, 1)  # no job always comes just after another
            self._next_look = asyncio.get_running_loop().call_later(pause, self._look)
            self._pause = min(_LONGEST, self._pause * 1.5)

    def _ready(self) -> Collection[asyncio.Future[None]]:
        """The requests that may be sent if there are slots, in order: of a doubted lane the first if it sends none."""
        full = {lane for lane in self._lanes if lane.doubted and lane.in_flight + lane.let_in}
        if not any(lane.doubted for lane in self._lanes):
            return self._waiting
        ready = []
        for turn, lane in self._waiting.items():
            if lane not in full:
                ready.append(turn)
                full |= {lane} if lane.doubted else set()
        return ready

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
