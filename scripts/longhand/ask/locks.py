"""Locks on single bytes of a file, which hold between processes, and between two holders in one process.

They are Linux's open-file-description locks: they end with any death of the holder. A byte need not exist.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import os
import struct
import sys
from pathlib import Path

_FLOCK = "hhqqi4x"  # struct flock: type, whence, start, length, pid


class ByteLocks:
    """The bytes of one file that this holder has locked.

    Args:
        path: the file; it is made, with its folders.
        for_all_users: the file lies in a folder where anyone may write, such as /tmp.

    Raises:
        OSError: the file cannot be opened, or (by any method) the file system has no such locks.
    """

    def __init__(self, path: Path, *, for_all_users: bool = False):
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = _open_for_all(path) if for_all_users else os.open(path, os.O_RDWR | os.O_CREAT, 0o666)

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
        return self._lock_of_others(range(byte, byte + length)) is not None

    def others(self, byte: int, length: int) -> list[range]:
        """Those of the bytes from `byte` on that other holders have, in no order."""
        held, unseen = [], [range(byte, byte + length)]
        while unseen:
            part = unseen.pop()
            if part and (lock := self._lock_of_others(part)) is not None:
                held.append(lock)
                unseen += [range(part.start, lock.start), range(lock.stop, part.stop)]
        return held

    def read(self, length: int, start: int = 0) -> bytes:
        """Bytes of the file itself."""
        return os.pread(self._file, length, start)

    def write(self, data: bytes, start: int = 0) -> None:
        """Writes bytes of the file itself."""
        os.pwrite(self._file, data, start)

    def close(self) -> None:
        """Ends all locks of this holder."""
        os.close(self._file)

    def _lock_of_others(self, part: range) -> range | None:
        """One lock of another holder on these bytes, which need not be the first; None where there is none."""
        question = struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, part.start, part.stop - part.start, 0)
        kind, _, start, length, _ = struct.unpack(_FLOCK, fcntl.fcntl(self._file, fcntl.F_OFD_GETLK, question))
        if kind == fcntl.F_UNLCK:
            return None
        return range(max(start, part.start), min(start + length, part.stop) if length else part.stop)

    def _set(self, kind: int, byte: int) -> None:
        fcntl.fcntl(self._file, fcntl.F_OFD_SETLK, struct.pack(_FLOCK, kind, os.SEEK_SET, byte, 1, 0))


def _open_for_all(path: Path) -> int:
    """Opens a file that any user may have made: a link is not followed, nothing that is there is changed but its time.

    The new time keeps those from removing it who tidy /tmp up.
    """
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL)
        os.fchmod(file, 0o666)  # whatever the umask is
    except FileExistsError:  # without O_CREAT, with which Linux refuses files of others in /tmp
        file = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
    os.utime(file)
    return file


@functools.cache
def say_once(line: str) -> None:
    """Tells the log of something that holds from now on, such as that a file system has no locks."""
    print(line, file=sys.stderr, flush=True)
