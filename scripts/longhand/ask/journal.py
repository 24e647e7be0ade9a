"""The journal: every answer that was paid for, kept at once, found again by what was asked.

It is a folder of JSON Lines files, in folders of models and judges. An asker appends to one file of its own, and finds
the answers of all: after a kill, with another shard count, under another name of a model, or where another dataset
asks the same. Deleting a journal costs money, never truth.
"""

from __future__ import annotations

import dataclasses
import fcntl
import json
import math
import os
import sys
import time
from collections.abc import Collection, Iterator
from pathlib import Path

from longhand.ask.entry_files import EntryFiles
from longhand.ask.growing import Growing, announce
from longhand.ask.index import Index
from longhand.ask.lines import ENDING, Place, read_place
from longhand.ask.locks import ByteLocks
from longhand.ask.voids import Voids
from longhand.program.errors import LonghandError
from longhand.wire.answer import Answer

_FSYNC_EVERY = 1.0  # seconds; a killed process loses nothing, a power cut at most this much
_DIGITS = 15  # of a request's id, that say which byte of the file of claims stands for it
_CLAIMS = 16**_DIGITS  # bytes of that file, which has none
_CATCH_UP_EVERY = 1.0  # seconds until the files of other jobs are looked at again
FREE_SPACE = "free some disk space and start again: finished answers are kept"


class Journal:
    """The journal of a run as one process sees it; its askers share it.

    Use as a context manager to ask. Without it the journal only reads, and writes nothing.

    Args:
        root: the folder; all answers under it count, in new places and old.
    """

    def __init__(self, root: Path):
        self.root = root
        self._index, self._growing, self._voids = Index(root), Growing(root), Voids(root)
        self._damaged: set[Place] = set()
        self._locks: ByteLocks | None = None
        self._claimed: set[int] = set()
        self._lockless = False  # the file system has no locks
        self._opened, self._caught_up = False, -math.inf

    def __enter__(self) -> Journal:
        try:
            self._locks = ByteLocks(self.root / ".claims")
        except OSError as e:
            raise LonghandError(f"cannot open the journal: {e.strerror}", str(self.root)) from e
        self.catch_up()
        return self

    def __exit__(self, *_: object) -> None:
        if self._locks is not None:
            self._locks.close()
            self._locks = None
        self._claimed.clear()

    def file(self, name: str) -> JournalFile:
        """A file to append to.

        Args:
            name: relative to the root, without ending: `models/gpt-4o/longbench-write/000`.
        """
        return JournalFile(self, name)

    def get(self, request_id: str) -> Answer | None:
        """The answer to a request, or None if it was never finished."""
        answer = self._read(request_id)
        if answer is None and time.monotonic() - self._caught_up > _CATCH_UP_EVERY:
            self.catch_up()
            self._caught_up = time.monotonic()
            answer = self._read(request_id)
        return answer

    def is_in(self, request_id: str, path: Path) -> bool:
        """Whether the answer to a request is in this very file."""
        return any(place[0] == path and read_place(place) is not None for place in self._places(request_id))

    def claim(self, request_id: str) -> bool:
        """Whether the caller may ask; it ends that with `release`.

        False where another asks the same, in whatever process, or where there is an answer by now.
        """
        if self._locks is None:
            raise ValueError("only an entered journal can claim")
        byte = _byte(request_id)
        if byte in self._claimed or not self._take(self._locks, byte):
            self._caught_up = -math.inf  # its answer may be in a new file
            return False
        self._claimed.add(byte)
        self.catch_up()
        if any(self._places(request_id)):
            self.release(request_id)
            return False
        return True

    def release(self, request_id: str) -> None:
        """Ends a claim."""
        self._claimed.discard(byte := _byte(request_id))
        if self._locks is not None:
            self._locks.free(byte)

    def taken(self, request_ids: Collection[str]) -> set[str]:
        """Those of some requests that others are asking now, or that have an answer by now."""
        claimed = [] if self._locks is None else self._locks.others(0, _CLAIMS)
        self.catch_up()  # in this order: who is no longer asking has written its answer
        being_sent = {key for key in request_ids if any(_byte(key) in part for part in claimed)}
        return being_sent | {key for key in request_ids if any(self._places(key))}

    def catch_up(self) -> None:
        """Finds what other jobs and askers answered since the last look."""
        files = self._growing.look()
        self._voids.look()
        if not self._opened:
            self._index.open(files, write=self._locks is not None)
            self._opened = True
            return
        for path in files:
            self._index.read_on(path)

    def note(self, request_id: str, path: Path, start: int, end: int) -> None:
        """Takes down an answer that was just appended to a file, from byte `start` to `end`."""
        self._index.note(bytes.fromhex(request_id), path, start, end)

    def _take(self, locks: ByteLocks, byte: int) -> bool:
        try:
            return locks.take(byte)
        except OSError as e:
            if not self._lockless:
                self._lockless = True
                where = f"{self.root} is on a file system without locks ({e.strerror})"
                print(f"{where}: jobs at the same time may ask the same twice", file=sys.stderr, flush=True)
            return True

    def _places(self, request_id: str) -> Iterator[Place]:
        for place in self._index.places(bytes.fromhex(request_id)):
            if place not in self._voids and place not in self._damaged:
                yield place

    def _read(self, request_id: str) -> Answer | None:
        for place in self._places(request_id):
            answer = read_place(place)
            if answer is not None and answer.id == request_id:
                return answer
            self._damaged.add(place)  # as good as never answered
        return None


class JournalFile:
    """The one file that an asker of a job appends to.

    Use as a context manager within the journal's: the file is locked meanwhile. A killed job's orphan may still be
    writing it; then this one waits, and finds the orphan's answers.

    Args:
        journal: an entered one.
        name: see `Journal.file`.
    """

    def __init__(self, journal: Journal, name: str):
        self.journal, self.path = journal, journal.root / f"{name}{ENDING}"

    @property
    def entry(self) -> EntryFiles:
        """The files of the model or judge that this one belongs to."""
        return EntryFiles.of(self.journal.root, self.path)

    @property
    def folder(self) -> Path:
        """The folder of that model or judge."""
        return self.entry.folder

    def holds(self, request_id: str) -> bool:
        """Whether this very file has the answer to a request."""
        return self.journal.is_in(request_id, self.path)

    def is_taken(self) -> bool:
        """Whether another job is writing it, so that entering would wait, deaf to signals."""
        try:
            with open(self.path, "rb") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:  # it is not there; or no file can be locked, and entering does not wait
            pass
        return False

    def __enter__(self) -> JournalFile:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = open(self.path, "ab+", buffering=0)
            self._lock()
            announce(self.journal.root, self.path)
        except OSError as e:
            raise LonghandError(f"cannot open the journal: {e.strerror}", str(self.path)) from e
        self._cut_torn_line()
        self.journal.catch_up()
        self._synced = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.sync()
        finally:
            self._file.close()

    def sync(self) -> None:
        """Has the disk take all answers. Raises LonghandError where it does not."""
        try:
            os.fsync(self._file.fileno())
        except OSError as e:
            raise LonghandError(f"the journal may have lost answers: {e.strerror}", str(self.path)) from e

    def add(self, answer: Answer) -> None:
        """Appends an answer. Raises LonghandError when the disk does not take it."""
        line = json.dumps({"v": 1, **dataclasses.asdict(answer)}).encode() + b"\n"
        start = os.lseek(self._file.fileno(), 0, os.SEEK_END)
        try:
            written = self._file.write(line)
            if written != len(line):
                raise OSError(28, f"only {written} of {len(line)} bytes fit")
            if time.monotonic() - self._synced > _FSYNC_EVERY:
                os.fsync(self._file.fileno())
                self._synced = time.monotonic()
        except OSError as e:
            self._file.truncate(start)  # a part of the line may have gone in
            raise LonghandError(f"cannot write the journal: {e.strerror}", str(self.path), FREE_SPACE) from e
        self.journal.note(answer.id, self.path, start, start + len(line))

    def _lock(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"another job is writing {self.path}: waiting for its answers", file=sys.stderr, flush=True)
            fcntl.flock(self._file, fcntl.LOCK_EX)
        except OSError:  # a file system without locks: Snakemake's own lock has to do
            pass

    def _cut_torn_line(self) -> None:
        """Removes what a power cut or a full disk left of a last line, so that the next one starts afresh."""
        end = size = self._file.seek(0, os.SEEK_END)
        while end > 0:
            start = max(0, end - 65536)
            self._file.seek(start)
            block = self._file.read(end - start)
            if (newline := block.rfind(b"\n")) >= 0:
                end = start + newline + 1
                break
            end = start
        if end < size:
            self._file.truncate(end)


def _byte(request_id: str) -> int:
    """The byte of the file of claims that stands for a request."""
    return int(request_id[:_DIGITS], 16)
