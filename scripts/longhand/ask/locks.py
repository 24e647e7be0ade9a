"""Locks on single bytes of a file, which hold between processes, and between two holders in one process.

They are Linux's open-file-description locks: they end with any death of the holder. A byte need not exist.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import struct
from pathlib import Path

_FLOCK = "hhqqi4x"  # struct flock: type, whence, start, length, pid


class ByteLocks:
    """The bytes of one file that this holder has locked.

    Args:
        path: the file; it is made, with its folders.

    Raises:
        OSError: the file cannot be opened, or (by any method) the file system has no such locks.
    """

    def __init__(self, path: Path):
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)

    def take(self, byte: int) -> bool:
        """Locks a byte; False where another holder has it."""
        try:
            self._set(fcntl.F_WRLCK, byte)
        except (BlockingIOError, PermissionError):
            return False
        return True

    def free(self, byte: int) -> None:
        """Ends the lock of a byte."""
        with contextlib.suppress(OSError):
            self._set(fcntl.F_UNLCK, byte)

    def held_by_others(self, byte: int, length: int = 1) -> bool:
        """Whether another holder has a byte of those from `byte` on."""
        asked = struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, byte, length, 0)
        answer = struct.unpack(_FLOCK, fcntl.fcntl(self._file, fcntl.F_OFD_GETLK, asked))
        return bool(answer[0] != fcntl.F_UNLCK)

    def read(self, length: int, start: int = 0) -> bytes:
        """Bytes of the file itself."""
        return os.pread(self._file, length, start)

    def write(self, data: bytes, start: int = 0) -> None:
        """Writes bytes of the file itself."""
        os.pwrite(self._file, data, start)

    def close(self) -> None:
        """Ends all locks of this holder."""
        os.close(self._file)

    def _set(self, kind: int, byte: int) -> None:
        fcntl.fcntl(self._file, fcntl.F_OFD_SETLK, struct.pack(_FLOCK, kind, os.SEEK_SET, byte, 1, 0))
