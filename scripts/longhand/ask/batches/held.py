"""Which requests are in batches: nobody sends them meanwhile, and the plan does not count them."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from longhand.ask.batches.state import CREATING, SETTLED, UNDER_WAY, BatchState, batch_folders, read_state, states_in
from longhand.ask.ledger import Unsettled
from longhand.program.errors import NotFinished


class Open:
    """The batches in a folder that are not settled. A file is read again only where it has changed.

    What is settled stays so, and is not looked at again: there are many of them, and a look before each request.

    Args:
        folder: of a judge's batches; it need not exist.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self._read: dict[str, tuple[tuple[int, int], BatchState, frozenset[str]]] = {}
        self._settled: set[str] = set()

    def holds(self, request_id: str) -> bool:
        """Whether one of them has a request."""
        self._look()
        return any(request_id in requests for _, _, requests in self._read.values())

    def reserved(self) -> Unsettled:
        """The most that they can cost."""
        self._look()
        reserved = Unsettled()
        for _, state, _ in self._read.values():
            reserved = reserved.plus(state.reserved)
        return reserved

    def _look(self) -> None:
        try:
            names = set(os.listdir(self.folder)) - self._settled
        except (FileNotFoundError, NotADirectoryError):
            names = set()
        open_states = {}
        for name in names:
            path = self.folder / name
            if path.suffix != ".json":
                continue
            with contextlib.suppress(FileNotFoundError):  # dropped meanwhile
                status = path.stat()
                mark, entry = (status.st_ino, status.st_mtime_ns), self._read.get(name)
                if entry is None or entry[0] != mark:
                    state = read_state(path)
                    entry = mark, state, frozenset(state.requests)
                if entry[1].status == SETTLED:
                    self._settled.add(name)
                else:
                    open_states[name] = entry
        self._read = open_states


class Held:
    """The requests that batches hold, looked up before each is sent.

    Args:
        root: the journal.
    """

    def __init__(self, root: Path):
        self._root = root
        self._open: dict[Path, Open] = {}

    def check(self, request_id: str) -> None:
        """Raises NotFinished where a batch holds a request: its answer comes by that, or it was given up by then."""
        for folder in batch_folders(self._root):
            if self._open.setdefault(folder, Open(folder)).holds(request_id):
                what = (
                    f"a request is in a batch of judge {folder.parent.name}, and a run that has this judge collects it"
                )
                raise NotFinished(what, str(folder))


def held_by_others(root: Path, folder: Path) -> set[str]:
    """Ids of the requests in batches of other judges than the one with this folder: some may be asked the same.

    Raises:
        LonghandError: a batch's state cannot be read.
    """
    others = (each for each in batch_folders(root) if each != folder)
    return {request for each in others for state in states_in(each) for request in state.requests}


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
