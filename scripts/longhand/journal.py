"""The journal: every answer that was paid for, kept at once, found again by what was asked.

A journal is a folder per model or judge with one JSON Lines file per job. A job appends to its own file
only, and reads all of them: an answer is found again after a kill, with another shard count, or where
another dataset asks the same. Deleting a journal costs money, never truth.
"""

from __future__ import annotations

import dataclasses
import fcntl
import json
import os
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from longhand.errors import LonghandError

_FSYNC_EVERY = 1.0  # seconds; a killed process loses nothing, a power cut at most this much
_HEAD = re.compile(rb'\{"v": 1, "id": "([0-9a-f]{64})", ')


@dataclass(frozen=True)
class Answer:
    """One finished answer of a model, as the server gave it.

    Attributes:
        id: the request's id, a SHA-256 in hex.
        text: what the model wrote, possibly empty.
        finish_reason: stop, length, content_filter …, as reported.
        prompt_tokens, completion_tokens: as reported, or None.
        seconds: from sending the request that succeeded until its answer was complete.
        attempts: requests sent until this answer came, faults included.
        model: the model's name as the server reported it.
    """

    id: str
    text: str
    finish_reason: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    seconds: float
    attempts: int
    model: str | None = None


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
        self._index: dict[bytes, tuple[BinaryIO, int]] = {}
        self._files: list[BinaryIO] = []
        self._read_all = False

    def __enter__(self) -> Journal:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._own = open(self.path, "ab+", buffering=0)
        except OSError as e:
            raise LonghandError(f"cannot open the journal: {e.strerror}", str(self.path)) from e
        self._lock()
        self._cut_torn_line()
        self._scan(self.path)
        self._synced = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        os.fsync(self._own.fileno())
        for file in [self._own, *self._files]:
            file.close()

    def get(self, request_id: str) -> Answer | None:
        """The answer to a request, or None if it was never finished."""
        key = bytes.fromhex(request_id)
        if key not in self._index and not self._read_all:
            self._read_all = True
            for path in sorted(self.folder.rglob("*.jsonl")):
                if path != self.path:
                    self._scan(path)
        if key not in self._index:
            return None
        file, offset = self._index[key]
        file.seek(offset)
        try:
            record = json.loads(file.readline())
            del record["v"]
            return Answer(**record)
        except (ValueError, TypeError):  # damaged: as good as never answered
            del self._index[key]
            return None

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
            raise LonghandError(
                f"cannot write the journal: {e.strerror}", str(self.path), "free some disk space and start again"
            ) from e
        self._index[bytes.fromhex(answer.id)] = (self._files[0], offset)

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

    def _scan(self, path: Path) -> None:
        """Notes where each answer of a file stands; the texts are read only when they are asked for."""
        try:
            file = open(path, "rb")  # noqa: SIM115  closed with the journal
        except OSError as e:
            raise LonghandError(f"cannot read the journal: {e.strerror}", str(path)) from e
        self._files.append(file)
        offset = 0
        for line in file:
            # Lines of other versions and torn lines (the file of a job that runs now) do not match.
            if (head := _HEAD.match(line)) and line.endswith(b"}\n"):
                self._index.setdefault(bytes.fromhex(head[1].decode()), (file, offset))
            offset += len(line)
