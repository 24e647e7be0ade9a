"""Which files of a journal may have grown, so that thousands of finished ones are not looked at for each request."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
from pathlib import Path

from longhand.ask.lines import journal_files

_WRITERS = ".writers"  # a mark, and names of the files that jobs opened to write since no one did, a line each
_MARK = 18  # bytes


def announce(folder: Path, file: Path) -> None:
    """Says that a job writes a journal file from now on; it has locked it. Others look at the file until that ends."""
    with open(folder / _WRITERS, "a+", encoding="utf-8", errors="replace") as writers:
        with contextlib.suppress(OSError):  # a file system without locks: the list grows
            fcntl.flock(writers, fcntl.LOCK_EX)
        writers.seek(0)
        if not any(is_written(folder / name) for name in writers.read().splitlines()):
            writers.truncate(0)
            writers.write(f"#{secrets.token_hex(_MARK // 2 - 1)}\n")
        writers.write(file.relative_to(folder).as_posix() + "\n")


def is_written(file: Path) -> bool:
    """Whether a running job has a journal file open to write."""
    try:
        descriptor = os.open(file, os.O_RDONLY)
    except (OSError, ValueError):  # a name with a zero byte, as a power cut leaves it
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


class Growing:
    """The files of a journal that may hold more than at the last look: all at first, then those of running jobs."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._written = set[Path]()
        self._mark: bytes | None = None  # of the list of writers
        self._read = 0  # bytes of it

    def look(self) -> list[Path]:
        """The files, each once more after its job has ended."""
        mark, names = self._started()
        self._written |= {path for name in names if (path := self._folder / name).is_file()}
        if mark == self._mark:
            files = sorted(self._written)
        else:  # whoever came and went meanwhile is no longer in the list
            files = journal_files(self._folder)
            self._mark = mark
        self._written = {file for file in self._written if is_written(file)}
        return files

    def _started(self) -> tuple[bytes, list[str]]:
        """The mark of the list of writers, and the names that were added to it."""
        try:
            with open(self._folder / _WRITERS, "rb") as writers:
                if (mark := writers.read(_MARK)) != self._mark:
                    self._read = 0
                writers.seek(self._read)
                lines, _, _ = writers.read().rpartition(b"\n")
        except OSError:
            return b"", []
        self._read += len(lines) + 1 if lines else 0
        return mark, lines.decode("utf-8", "replace").splitlines()
