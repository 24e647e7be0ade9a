"""Which files of a journal may have grown, so that thousands of finished ones are not looked at for each request."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path

_WRITERS = ".writers"  # names of the files that jobs opened to write, a line each


def announce(folder: Path, file: Path) -> None:
    """Says that a job writes a journal file from now on; it has locked it. Others look at the file until that ends."""
    with open(folder / _WRITERS, "a+", encoding="utf-8", errors="replace") as writers:
        with contextlib.suppress(OSError):  # a file system without locks: the list grows
            fcntl.flock(writers, fcntl.LOCK_EX)
        writers.seek(0)
        if not any(is_written(folder / name) for name in writers.read().splitlines()):
            writers.truncate(0)
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
        self._written: set[Path] | None = None
        self._read = 0  # bytes of the list of writers

    def look(self) -> list[Path]:
        """The files, each once more after its job has ended."""
        started = {self._folder / name for name in self._started()}
        if self._written is None:
            files = sorted(self._folder.rglob("*.jsonl"))
            self._written = started
        else:
            self._written |= started
            files = sorted(self._written)
        self._written = {file for file in self._written if is_written(file)}
        return files

    def _started(self) -> list[str]:
        """Names that were added to the list of writers."""
        try:
            with open(self._folder / _WRITERS, "rb") as writers:
                if os.fstat(writers.fileno()).st_size < self._read:
                    self._read = 0
                writers.seek(self._read)
                lines, _, _ = writers.read().rpartition(b"\n")
        except OSError:
            return []
        self._read += len(lines) + 1 if lines else 0
        return lines.decode("utf-8", "replace").splitlines()
