"""The file of an index: a line that proves it whole, a line that says what it covers, then sorted columns."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import time
import zlib
from array import array
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from longhand.ask.lines import checksum_of_ends

FILE = ".index"
_OLD = 3600  # seconds; nobody writes an index for so long
_KEY = 32  # bytes of a request's id
_TYPES = ("<u8", "<u4", f"S{_KEY}")  # of the columns: starts, numbers, keys; S compares as bytes do
_HEAD = "longhand journal index 1 %08x\n"  # checksum of all that follows


@dataclass(frozen=True)
class Columns:
    """Answers by the ids of their requests: three columns of one length, sorted by key.

    Attributes:
        starts: bytes at which the answers' lines begin.
        numbers: of the files.
        keys: ids of the requests.
    """

    starts: NDArray[np.uint64]
    numbers: NDArray[np.uint32]
    keys: NDArray[np.bytes_]

    @classmethod
    def of(cls, starts: array[int], numbers: array[int], keys: bytearray) -> Columns:
        """Columns of answers in the order in which they were read."""
        start, number, key = _TYPES
        columns = np.frombuffer(starts, start), np.frombuffer(numbers, number), np.frombuffer(keys, key)
        return cls(*columns)._sorted()

    def find(self, key: bytes) -> Iterator[tuple[int, int]]:
        """Number of the file and start of the line of each answer to a request, the last that was read first."""
        wanted = np.array(key, self.keys.dtype)
        first, end = (int(np.searchsorted(self.keys, wanted, side)) for side in ("left", "right"))
        for place in range(end - 1, first - 1, -1):
            yield int(self.numbers[place]), int(self.starts[place])

    def without(self, numbers: Collection[int]) -> Columns:
        """Only the answers of other files."""
        keep = ~np.isin(self.numbers, np.array(list(numbers), self.numbers.dtype))
        return Columns(self.starts[keep], self.numbers[keep], self.keys[keep])

    def plus(self, later: Columns) -> Columns:
        """Both together."""
        pairs = ((getattr(self, name), getattr(later, name)) for name in ("starts", "numbers", "keys"))
        return Columns(*(np.concatenate(pair) for pair in pairs))._sorted()

    def _sorted(self) -> Columns:
        order = np.argsort(self.keys, kind="stable")  # so that what was read later stays behind
        return Columns(self.starts[order], self.numbers[order], self.keys[order])


EMPTY = Columns(*(np.empty(0, kind) for kind in _TYPES))


@dataclass(frozen=True)
class Covered:
    """How far an index covers a file.

    Attributes:
        name: of the file, relative to the journal; empty for none.
        bytes: from its start on.
        size, changed: its bytes then, and the time of its last change in ns.
        ends: checksum of both ends of what is covered.
    """

    name: str
    bytes: int = 0
    size: int = 0
    changed: int = 0
    ends: int = 0

    @classmethod
    def of(cls, root: Path, path: Path, covered: int) -> Covered:
        """What is written down of a file. Raises OSError."""
        status = path.stat()
        name = path.relative_to(root).as_posix()
        return cls(name, covered, status.st_size, status.st_mtime_ns, checksum_of_ends(path, covered))

    def holds(self, path: Path) -> bool:
        """Whether a file is as it was, or has only grown."""
        try:
            status = path.stat()
            if (status.st_size, status.st_mtime_ns) == (self.size, self.changed):
                return True
            return status.st_size >= self.bytes and checksum_of_ends(path, self.bytes) == self.ends
        except OSError:
            return False


def load(root: Path) -> tuple[Columns, list[Covered]]:
    """The columns and the files by their numbers; empty where there is no index, or it is damaged."""
    try:
        data = memoryview((root / FILE).read_bytes())
        head = len(_HEAD % 0)
        if bytes(data[:head]) != (_HEAD % zlib.crc32(data[head:])).encode():
            return EMPTY, []
        length = int.from_bytes(data[head : head + 8], "little")
        begin = head + 8 + length
        covered = [Covered(*entry) for entry in json.loads(bytes(data[head + 8 : begin]))]
        rows = (len(data) - begin) // sum(np.dtype(kind).itemsize for kind in _TYPES)
        columns = list[NDArray[Any]]()
        for kind in _TYPES:
            columns.append(np.frombuffer(data, kind, rows, begin))
            begin += columns[-1].nbytes
    except (OSError, ValueError, TypeError):
        return EMPTY, []
    return Columns(*columns), covered


def save(root: Path, columns: Columns, covered: Sequence[Covered]) -> None:
    """Puts an index in the place of the one before, if the disk takes it."""
    files = json.dumps([dataclasses.astuple(file) for file in covered]).encode()
    parts = [len(files).to_bytes(8, "little"), files]
    parts += [column.tobytes() for column in (columns.starts, columns.numbers, columns.keys)]
    checksum = 0
    for part in parts:
        checksum = zlib.crc32(part, checksum)
    _remove_old_partials(root)
    partial = root / f"{FILE}.{os.uname().nodename}.{os.getpid()}.partial"
    try:
        with open(partial, "wb") as file:
            file.write((_HEAD % checksum).encode())
            for part in parts:
                file.write(part)
        partial.replace(root / FILE)
    except OSError:
        with contextlib.suppress(OSError):
            partial.unlink()


def _remove_old_partials(root: Path) -> None:
    """What killed jobs left."""
    for path in root.glob(f"{FILE}.*.partial"):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < time.time() - _OLD:
                path.unlink()
