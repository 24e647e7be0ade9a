"""Answers that were voided: they stay in the journal, and do not count any more.

The file of voids is a part of the journal and only grows. A line of it names one line of the journal by its place, so
that an answer to the same request that comes later counts.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import re
from collections.abc import Collection, Iterator
from pathlib import Path

from longhand.ask.growing import is_written
from longhand.program.errors import LonghandError

FILE = "voids.jsonl"
ANSWER_HEAD = re.compile(rb'\{"v": 1, "id": "([0-9a-f]{64})", ')

Place = tuple[Path, int]
"""A file of the journal, and the byte at which a line begins."""


class Voids:
    """The places of a journal that are void.

    Args:
        folder: the journal of a model or judge.
    """

    def __init__(self, folder: Path):
        self._folder, self._read = folder, 0  # bytes
        self._places: set[Place] = set()

    def __contains__(self, place: Place) -> bool:
        return place in self._places

    def look(self) -> Iterator[tuple[bytes, Place]]:
        """What was voided since the last look: the request's id and the place of its answer."""
        try:
            with open(self._folder / FILE, "rb") as file:
                file.seek(self._read)
                lines, _, _ = file.read().rpartition(b"\n")
        except OSError:
            return
        self._read += len(lines) + 1 if lines else 0
        for line in lines.splitlines():
            with contextlib.suppress(
                ValueError, TypeError, KeyError, OverflowError, RecursionError
            ):  # cut by a power cut
                note = json.loads(line)
                place = self._folder / note["file"], int(note["byte"])
                key = bytes.fromhex(note["void"])
                self._places.add(place)
                yield key, place


def void(folder: Path, request_ids: Collection[str]) -> int:
    """Voids all answers of a journal to some requests; returns how many there were.

    Raises:
        LonghandError: a job writes the journal now, or the disk does not take the lines.
    """
    known, wanted, notes = Voids(folder), {key.encode() for key in request_ids}, list[bytes]()
    list(known.look())
    for path in sorted(folder.rglob("*.jsonl")):
        if is_written(path):
            raise LonghandError("a job is writing this journal", str(path), "wait until the run has ended")
        byte = 0
        with open(path, "rb") as file:
            for line in file:
                head = ANSWER_HEAD.match(line)
                if head and head[1] in wanted and (path, byte) not in known:
                    where = path.relative_to(folder).as_posix()
                    notes.append(json.dumps({"v": 1, "void": head[1].decode(), "file": where, "byte": byte}).encode())
                byte += len(line)
    if notes:
        _append(folder / FILE, notes)
    return len(notes)


def _append(path: Path, lines: Collection[bytes]) -> None:
    try:
        with open(path, "ab+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if file.seek(0, 2) and (file.seek(-1, 2), file.read(1))[1] != b"\n":
                file.write(b"\n")  # after what a power cut left of a line
            file.write(b"".join(line + b"\n" for line in lines))
    except OSError as e:
        raise LonghandError(f"cannot note what is void: {e.strerror}", str(path), "free some disk space; again") from e
