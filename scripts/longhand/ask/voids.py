"""Answers that were voided: they stay in the journal, and do not count any more.

The file of voids is a part of the journal and only grows. A line of it names one line of the journal by its place, so
that an answer to the same request that comes later counts.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
from collections.abc import Collection
from pathlib import Path

from longhand.ask.growing import is_written
from longhand.ask.index import Index
from longhand.ask.lines import Place, journal_files
from longhand.program.errors import LonghandError

FILE = "voids.jsonl"


class Voids:
    """The places of a journal that are void.

    Args:
        root: the journal. Voids of earlier versions lie in a folder of it, and name files relative to that.
    """

    def __init__(self, root: Path):
        self._root = root
        self._read: dict[Path, int] = {}  # bytes of each folder's file
        self._places: set[Place] = set()
        self._old: list[Path] | None = None  # folders with voids of earlier versions

    def __contains__(self, place: Place) -> bool:
        return place in self._places

    def look(self) -> None:
        """Notes what was voided since the last look."""
        if self._old is None:
            self._old = [path.parent for path in self._root.glob(f"*/{FILE}")]
        for folder in (*self._old, self._root):
            self._look_in(folder)

    def _look_in(self, folder: Path) -> None:
        try:
            with open(folder / FILE, "rb") as file:
                file.seek(start := self._read.setdefault(folder, 0))
                lines, _, _ = file.read().rpartition(b"\n")
        except OSError:
            return
        self._read[folder] = start + len(lines) + 1 if lines else start
        for line in lines.splitlines():
            # What a power cut left of a line is passed over.
            with contextlib.suppress(ValueError, TypeError, KeyError, OverflowError, RecursionError):
                note = json.loads(line)
                self._places.add((folder / note["file"], int(note["byte"])))


def void(root: Path, request_ids: Collection[str]) -> int:
    """Voids all answers of a journal to some requests; returns how many there were.

    Raises:
        LonghandError: a job writes the journal now, or the disk does not take the lines.
    """
    files, known, index = journal_files(root), Voids(root), Index(root)
    for path in files:
        if is_written(path):
            raise LonghandError("a job is writing this journal", str(path), "wait until the run has ended")
    known.look()
    index.open(files)
    notes = list[bytes]()
    for key in sorted(request_ids):
        for path, byte in index.places(bytes.fromhex(key)):
            if (path, byte) not in known:
                file = path.relative_to(root).as_posix()
                notes.append(json.dumps({"v": 1, "void": key, "file": file, "byte": byte}).encode())
    if notes:
        _append(root / FILE, notes)
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
