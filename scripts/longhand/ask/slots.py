"""Slots for requests: those of one job, and those that all jobs share by the locks of a file.

How many may be taken follows the server (AIMD): halved when it is busy, then raised step by step.
"""

from __future__ import annotations

import math
import random
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from longhand.ask.locks import ByteLocks

_ROUNDS = 8  # of requests, until a halved number in flight has recovered
_PACE = "<dq"  # what the file holds: exact, halvings
_SPAN = 2**32  # bytes of a region of locks; slots are the first
_STATE, _JOBS, _WAITING = 2**40, 2**41, 2**42  # who changes slots or pace; jobs that take part; those that wait
_STAND_BACK = 0.03  # seconds that a job leaves a slot to those that wait, who look more often than that
_PATIENCE = 0.005  # seconds until the pace is changed without its lock: the next change mends it


@dataclass(frozen=True)
class Pace:
    """How many requests a server bears at a time.

    Attributes:
        exact: before rounding; infinite until the server was busy.
        halvings: so far; requests sent before the last one say nothing new.
    """

    exact: float = math.inf
    halvings: int = 0

    def allowed(self, most: int) -> int:
        """Requests that may be in flight, of at most `most`."""
        return int(min(most, self.exact))

    def eased(self, most: int) -> Pace:
        """After an answer."""
        step = most / 2 / _ROUNDS  # in one round of requests
        return self if self.exact >= most else replace(self, exact=min(most, self.exact + step / self.exact))

    def halved(self, most: int, in_flight: int) -> Pace:
        """After a sign that the server is busy with so many in flight."""
        return Pace(max(1.0, min(most, self.exact, in_flight) / 2), self.halvings + 1)


class OwnSlots:
    """Slots of this job only. Its methods are those of SharedSlots."""

    def __init__(self, most: int):
        self._most, self.pace = most, Pace()

    def hold(self, using: int, wanted: int, look: bool = True) -> int:
        return min(wanted, max(using, self.pace.allowed(self._most)))

    def ease(self) -> None:
        self.pace = self.pace.eased(self._most)

    def halve(self, seen: int, in_flight: int) -> None:
        if self.pace.halvings == seen:
            self.pace = self.pace.halved(self._most, in_flight)

    def close(self) -> None:
        pass


class SharedSlots:
    """Slots of all jobs that open the same file: its first `most` bytes, each locked by the job that holds it.

    A job that waits shows itself by a lock. Then no other job keeps more than its share once its requests end. A job
    that has its share keeps it for its own next requests.

    Args:
        path: the file.
        most: slots in all. Jobs that were started with another number keep to their own.

    Raises:
        OSError: by any method: the file system has no such locks.
    """

    def __init__(self, path: Path, most: int):
        self._locks, self._most = ByteLocks(path), most
        self._held: set[int] = set()
        self._job: int | None = None  # the byte of the regions that is this job's
        self._shown, self._gave_back = False, -math.inf

    @property
    def pace(self) -> Pace:
        """As the file has it."""
        data = self._locks.read(struct.calcsize(_PACE))
        if len(data) == struct.calcsize(_PACE):
            pace = Pace(*struct.unpack(_PACE, data))
            if pace.exact >= 1 and abs(pace.halvings) < _SPAN:  # not of a file that is damaged
                return pace
        return Pace()

    def hold(self, using: int, wanted: int, look: bool = True) -> int:
        """Gives slots back or takes more of them; returns how many this job holds.

        Args:
            using: slots that are in use.
            wanted: slots that the job could use, `using` among them.
            look: take more of them if there are any.
        """
        wanted = min(wanted, self._most)
        waiting = sum(map(len, self._locks.others(_WAITING, _SPAN)))  # other jobs
        share = self._most if not waiting else self.pace.allowed(self._most) // (waiting + 1)
        if len(self._held) > using:
            self._give_back(max(using, min(wanted, share, len(self._held) - self._excess())))
        stands_back = waiting and time.monotonic() - self._gave_back < _STAND_BACK
        if look and len(self._held) < (up_to := min(wanted, share) if stands_back else wanted):
            self._take(up_to)
        self._show(len(self._held) < wanted)
        return len(self._held)

    def ease(self) -> None:
        """Counts an answer."""
        if self.pace.exact < self._most:
            self._change(lambda pace: pace.eased(self._most))

    def halve(self, seen: int, in_flight: int) -> None:
        """Counts a sign that the server is busy.

        Args:
            seen: halvings when the request was sent.
            in_flight: requests of this job.
        """
        in_all = in_flight + self._of_others()
        self._change(lambda pace: pace.halved(self._most, in_all) if pace.halvings == seen else pace)

    def close(self) -> None:
        """Gives all slots back."""
        self._locks.close()

    def _of_others(self) -> int:
        """Slots that other jobs hold."""
        return sum(map(len, self._locks.others(0, _SPAN)))

    def _excess(self) -> int:
        """Slots that are held, by all jobs, over those that the server bears."""
        pace = self.pace
        if pace.exact >= self._most:
            return 0
        return max(0, len(self._held) + self._of_others() - pace.allowed(self._most))

    def _give_back(self, keep: int) -> None:
        """The lowest ones: a job that was started with fewer slots has no others."""
        for byte in sorted(self._held)[: len(self._held) - keep]:
            self._held.remove(byte)
            self._locks.free(byte)
            self._gave_back = time.monotonic()

    def _take(self, wanted: int) -> None:
        """The highest ones, for the same reason."""
        with self._locked(0) as alone:
            if not alone:  # another job takes some: the next look will do
                return
            self._join()
            taken = self._held.union(*self._locks.others(0, self._most))
            free = [byte for byte in range(self._most - 1, -1, -1) if byte not in taken]
            pace = self.pace
            room = wanted - len(self._held)
            if pace.exact < self._most:
                room = min(room, pace.allowed(self._most) - len(self._held) - self._of_others())
            for byte in free[: max(0, room)]:
                if self._locks.take(byte):
                    self._held.add(byte)

    def _join(self) -> None:
        """Takes part. What the server bore when nobody was there is not known: it starts afresh."""
        if self._job is None:
            job = random.randrange(_SPAN)
            while not self._locks.take(_JOBS + job):
                job = random.randrange(_SPAN)
            self._job = job
            if not self._locks.held_by_others(_JOBS, _SPAN):
                self._write(Pace(halvings=self.pace.halvings))

    def _show(self, waits: bool) -> None:
        if waits != self._shown and self._job is not None:
            if waits:
                self._locks.take(_WAITING + self._job)
            else:
                self._locks.free(_WAITING + self._job)
            self._shown = waits

    def _change(self, change: Callable[[Pace], Pace]) -> None:
        with self._locked(_PATIENCE):
            self._write(change(self.pace))

    def _write(self, pace: Pace) -> None:
        self._locks.write(struct.pack(_PACE, pace.exact, pace.halvings))

    @contextmanager
    def _locked(self, patience: float) -> Iterator[bool]:
        """Whether no other job changes anything inside the block; it waits so many seconds for that."""
        until = time.monotonic() + patience
        while not (alone := self._locks.take(_STATE)) and time.monotonic() < until:
            time.sleep(0.0002)
        try:
            yield alone
        finally:
            if alone:
                self._locks.free(_STATE)
