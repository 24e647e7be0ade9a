"""Where each answer of a journal stands: in memory, and in a file beside the answers, so that they need no reading.

The file is only a saving: it may be deleted at any time, and where it is damaged or out of date the answers themselves
are read. It is read as a whole and not mapped: on a network file system a mapped file that another machine replaces
ends the process.
"""

from __future__ import annotations

import contextlib
from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path

from longhand.ask.index_file import EMPTY, Columns, Covered, load, save
from longhand.ask.lines import Place, answer_keys

MANY = 20_000  # answers that the file does not have, from which on it is worth writing


class Index:
    """Where answers stand.

    Args:
        root: the journal.
    """

    def __init__(self, root: Path):
        self._root = root
        self._columns = EMPTY
        self._files: list[Path | None] = []  # by their numbers in the columns; None: not as it was
        self._recent: dict[bytes, list[Place]] = {}
        self._covered: dict[Path, int] = {}  # bytes

    def places(self, key: bytes) -> Iterator[Place]:
        """The lines with an answer to a request, the latest first.

        Args:
            key: the 32 bytes of the request's id.
        """
        yield from reversed(self._recent.get(key, ()))
        for number, start in self._columns.find(key):
            if (path := self._files[number]) is not None:
                yield path, start

    def open(self, files: Iterable[Path], *, write: bool = False) -> None:
        """Finds all answers: by the file of the index as far as it goes, then by reading.

        Args:
            files: of the journal, all.
            write: whether the file of the index may be written.
        """
        paths = {path.relative_to(self._root).as_posix(): path for path in files}
        self._columns, covered = load(self._root)
        for file in covered:
            path = paths.get(file.name)
            self._files.append(path if path is not None and file.holds(path) else None)
            if self._files[-1] is not None:
                self._covered[self._files[-1]] = file.bytes
        numbers_of = {path: number for number, path in enumerate(self._files) if path is not None}
        starts, numbers, keys = array("Q"), array("I"), bytearray()
        for path in paths.values():
            number = numbers_of.get(path, len(self._files))
            if number == len(self._files):
                self._files.append(path)
            for key, start in self._more(path):
                starts.append(start)
                numbers.append(number)
                keys += key
        if gone := [number for number, path in enumerate(self._files) if path is None]:
            self._columns = self._columns.without(gone)
        if numbers:
            self._columns = self._columns.plus(Columns.of(starts, numbers, keys))
        if write and len(numbers) > MANY:
            self._save()

    def read_on(self, path: Path) -> None:
        """Finds the answers that a file has more than at the last look."""
        for key, start in self._more(path):
            self._recent.setdefault(key, []).append((path, start))

    def note(self, key: bytes, path: Path, start: int, end: int) -> None:
        """Takes down an answer that was just appended to a file."""
        self._recent.setdefault(key, []).append((path, start))
        self._covered[path] = end

    def _more(self, path: Path) -> Iterator[tuple[bytes, int]]:
        start = self._covered.setdefault(path, 0)
        with contextlib.suppress(OSError):  # opening it will say what is wrong
            if path.stat().st_size <= start:
                return
        for key, end in answer_keys(path, start):
            if key is not None:
                yield key, start
            self._covered[path] = start = end

    def _save(self) -> None:
        with contextlib.suppress(OSError):
            covered = [
                Covered("") if path is None else Covered.of(self._root, path, self._covered[path])
                for path in self._files
            ]
            save(self._root, self._columns, covered)
