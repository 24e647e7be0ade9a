"""The journal: every answer that was paid for, kept at once, found again by what was asked.

A journal is a folder per model or judge with one JSON Lines file per job. A job appends to its own file
only, and reads all of them: an answer is found again after a kill, with another shard count, or where
another dataset asks the same. Deleting a journal costs money, never truth.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import json
import math
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from longhand.ask.growing import Growing, announce
from longhand.ask.voids import ANSWER_HEAD, Voids
from longhand.program.errors import LonghandError
from longhand.wire.answer import Answer

_FSYNC_EVERY = 1.0  # seconds; a killed process loses nothing, a power cut at most this much
_CATCH_UP_EVERY = 1.0  # seconds until the files of other jobs are looked at again
FREE_SPACE = "free some disk space and start again: finished answers are kept"


class Journal:
    """One job's view of a journal.

    Args:
        folder: the folder of the model or judge; all files under it are read.
        own: the file that this job appends to, relative to `folder`.

    Use as a context manager: the own file is locked meanwhile. A killed job's orphan may still be writing it;
    then this one waits, and finds the orphan's answers.
    """

    def __init__(self, folder: Path, own: str):
        self.folder, self.path = folder, folder / f"{own}.jsonl"
        self._index: dict[bytes, tuple[Path, int]] = {}
        self._scanned: dict[Path, int] = {}  # bytes
        self._growing = Growing(folder)
        self._voids = Voids(folder)
        self._caught_up = -math.inf

    def __enter__(self) -> Journal:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._own = open(self.path, "ab+", buffering=0)
            self._claims: BinaryIO = open(self.folder / ".claims", "ab")
            self._lock()
            announce(self.folder, self.path)
        except OSError as e:
            raise LonghandError(f"cannot open the journal: {e.strerror}", str(self.path)) from e
        self._cut_torn_line()
        self._forget_voided()
        self._scan(self.path)
        self._synced = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        try:
            os.fsync(self._own.fileno())
        except OSError as e:
            raise LonghandError(f"the journal may have lost answers: {e.strerror}", str(self.path)) from e
        finally:
            for file in (self._claims, self._own):
                file.close()

    def get(self, request_id: str) -> Answer | None:
        """The answer to a request, or None if it was never finished."""
        key = bytes.fromhex(request_id)
        if key not in self._index and time.monotonic() - self._caught_up > _CATCH_UP_EVERY:
            self._catch_up()
            self._caught_up = time.monotonic()
        if key not in self._index:
            return None
        path, offset = self._index[key]
        with _open(path) as file:  # none is kept open: there may be more of them than a process may have
            file.seek(offset)
            line = file.readline()
        if (answer := Answer.read(line)) is None:  # damaged: as good as never answered
            del self._index[key]
        return answer

    def claim(self, request_id: str) -> bool:
        """Whether this job may ask: False where another is asking the same, or just did. Ends with `release`."""
        try:
            fcntl.lockf(self._claims, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _place(request_id))
        except (BlockingIOError, PermissionError):
            self._caught_up = -math.inf  # its answer may be in a new file
            return False
        except OSError:  # a file system without locks: it may be asked twice
            return True
        self._catch_up()
        if bytes.fromhex(request_id) in self._index:
            self.release(request_id)
            return False
        return True

    def release(self, request_id: str) -> None:
        """Ends a claim."""
        with contextlib.suppress(OSError):
            fcntl.lockf(self._claims, fcntl.LOCK_UN, 1, _place(request_id))

    def add(self, answer: Answer) -> None:
        """Appends an answer. Raises LonghandError when the disk does not take it."""
        line = json.dumps({"v": 1, **dataclasses.asdict(answer)}).encode() + b"\n"
        offset = os.lseek(self._own.fileno(), 0, os.SEEK_END)
        try:
            written = self._own.write(line)
            if written != len(line):
                raise OSError(28, f"only {written} of {len(line)} bytes fit")
            if time.monotonic() - self._synced > _FSYNC_EVERY:
                os.fsync(self._own.fileno())
                self._synced = time.monotonic()
        except OSError as e:
            self._own.truncate(offset)  # a part of the line may have gone in
            raise LonghandError(f"cannot write the journal: {e.strerror}", str(self.path), FREE_SPACE) from e
        self._index[bytes.fromhex(answer.id)] = (self.path, offset)
        self._scanned[self.path] = offset + len(line)

    def _lock(self) -> None:
        try:
            fcntl.flock(self._own, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"another job is writing {self.path}: waiting for its answers", file=sys.stderr, flush=True)
            fcntl.flock(self._own, fcntl.LOCK_EX)
        except OSError:  # a file system without locks: Snakemake's own lock has to do
            pass

    def _cut_torn_line(self) -> None:
        """Removes what a power cut or a full disk left of a last line, so that the next one starts afresh."""
        end = size = self._own.seek(0, os.SEEK_END)
        while end > 0:
            start = max(0, end - 65536)
            self._own.seek(start)
            block = self._own.read(end - start)
            if (newline := block.rfind(b"\n")) >= 0:
                end = start + newline + 1
                break
            end = start
        if end < size:
            self._own.truncate(end)

    def _forget_voided(self) -> None:
        for key, place in self._voids.look():
            if self._index.get(key) == place:
                del self._index[key]

    def _catch_up(self) -> None:
        self._forget_voided()
        for path in self._growing.look():
            self._scan(path)

    def _scan(self, path: Path) -> None:
        """Notes where each answer of a file stands; the texts are read only when they are asked for."""
        start = self._scanned.setdefault(path, 0)
        with contextlib.suppress(OSError):  # opening it will say what is wrong
            if path.stat().st_size <= start:
                return
        with _open(path) as file:
            for line, end in _complete_lines(file, start):
                # Lines of other versions do not match.
                if (head := ANSWER_HEAD.match(line)) and line.endswith(b"}\n") and (path, start) not in self._voids:
                    self._index[bytes.fromhex(head[1].decode())] = path, start  # a later line mends a damaged one
                self._scanned[path] = start = end


def _place(request_id: str) -> int:
    """The byte of the file of claims that stands for a request; it need not exist."""
    return int(request_id[:15], 16)


def read_answers(path: Path, start: int = 0) -> Iterator[tuple[Answer, int]]:
    """The answers in a journal file from byte `start` on, each with the byte at which to go on."""
    with _open(path) as file:
        for line, end in _complete_lines(file, start):
            if ANSWER_HEAD.match(line) and (answer := Answer.read(line)) is not None:
                yield answer, end


def _open(path: Path) -> BinaryIO:
    try:
        return open(path, "rb")
    except OSError as e:
        raise LonghandError(f"cannot read the journal: {e.strerror}", str(path)) from e


def _complete_lines(file: BinaryIO, start: int) -> Iterator[tuple[bytes, int]]:
    """Lines from `start` on, each with where it ends. One that a running job has not finished is left for later."""
    file.seek(start)
    for line in file:
        if line.endswith(b"\n"):
            start += len(line)
            yield line, start
