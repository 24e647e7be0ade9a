"""Which requests are in batches: nobody sends them meanwhile, and the plan does not count them."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from longhand.ask.batches.state import CREATING, SETTLED, UNDER_WAY, batch_folders, read_state, states_in
from longhand.ask.ledger import Unsettled
from longhand.program.errors import NotFinished

_ENDING = ".json"


class Held:
    """The requests that batches hold, looked up before each is sent.

    Args:
        root: the journal.
    """

    def __init__(self, root: Path):
        self._root = root
        self._seen: dict[str, tuple[tuple[int, int], frozenset[str]]] = {}  # file -> its inode and time, what it holds

    def check(self, request_id: str) -> None:
        """Raises NotFinished where a batch holds a request: its answer comes by that, or it was given up by then."""
        for folder in batch_folders(self._root):
            try:
                with os.scandir(folder) as files:
                    entries = [file for file in files if file.name.endswith(_ENDING)]
            except OSError:
                continue
            for entry in entries:
                if request_id in self._requests(entry):
                    raise NotFinished(f"a request is in a batch of judge {folder.parent.name}", entry.path)

    def _requests(self, entry: os.DirEntry[str]) -> frozenset[str]:
        with contextlib.suppress(FileNotFoundError):  # dropped meanwhile
            status = entry.stat()
            mark = status.st_ino, status.st_mtime_ns
            if entry.path not in self._seen or self._seen[entry.path][0] != mark:
                state = read_state(Path(entry.path))
                held = frozenset[str]() if state.status == SETTLED else frozenset(state.requests)
                self._seen[entry.path] = mark, held
            return self._seen[entry.path][1]
        return frozenset()


def under_way(root: Path) -> set[str]:
    """Ids of the requests in batches that were created, or may have been, and are not collected yet.

    Raises:
        LonghandError: a batch's state cannot be read.
    """
    return {
        request
        for folder in batch_folders(root)
        for state in states_in(folder)
        if state.status in (CREATING, UNDER_WAY)
        for request in state.requests
    }


def reserved_in(folder: Path) -> Unsettled:
    """The most that the batches in a folder can cost that are not settled.

    Raises:
        LonghandError: a batch's state cannot be read.
    """
    reserved = Unsettled()
    for state in states_in(folder):
        reserved = reserved.plus(state.reserved)
    return reserved
