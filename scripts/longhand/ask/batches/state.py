"""What is known of a batch, in a file of the journal: `judges/{judge}/batches/{key}.json`, whole at any time."""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import re
import secrets
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from longhand.ask.journal import FREE_SPACE
from longhand.ask.ledger import Unsettled
from longhand.program.errors import LonghandError

BATCHES = "batches"
NEW, CREATING, UNDER_WAY, FAILED, SETTLED = "new", "creating", "under_way", "failed", "settled"
_STATUSES = frozenset((NEW, CREATING, UNDER_WAY, FAILED, SETTLED))
_SHOWN = 16  # hex digits of each half of a key
_ID = re.compile(r"[\w.:=+/-]{1,500}", re.ASCII)
_KEY = re.compile(rf"longhand-[0-9a-f]{{{_SHOWN}}}-[0-9a-f]{{{_SHOWN}}}")


@dataclass(frozen=True)
class BatchState:
    """One batch.

    Attributes:
        key: ours; also the name of its file.
        work: whose requests it has: "dataset/model/shard".
        base_url: where it is.
        requests: ids of those that nobody else may send; none once it is settled.
        most: what they can cost: how many there are, their prompts' and answers' tokens.
        status: see `longhand.ask.batches`.
        file: the id of its input file.
        creating: when it was about to be created, in seconds of the epoch.
        batch: its id.
        seen: replies that its output had when it was looked at last, where it said that it has more.
        error: why it failed.
        result: what came of it.
    """

    key: str
    work: str
    base_url: str
    requests: Sequence[str]
    most: Sequence[int]
    status: str = NEW
    file: str | None = None
    creating: float | None = None
    batch: str | None = None
    seen: int | None = None
    error: str | None = None
    result: dict[str, Any] = field(default_factory=dict)

    @property
    def reserved(self) -> Unsettled:
        """What it may cost at most."""
        requests, prompts, completions = self.most
        return Unsettled(requests, prompts, completions, prompts, completions)

    def to(self, status: str, **known: Any) -> BatchState:
        """The same in another state."""
        return replace(self, status=status, **known)

    def settled(self, **result: Any) -> BatchState:
        """The same once all that came of it is kept: it holds nothing any more."""
        return replace(self, status=SETTLED, requests=(), most=(0, 0, 0), result=result)


def new_key(request_ids: Collection[str]) -> str:
    """A key: what is asked, and which time it is."""
    return f"{_about(request_ids)}{secrets.token_hex(_SHOWN // 2)}"


def is_key(key: str, request_ids: Collection[str]) -> bool:
    """Whether a key is one of ours, for these requests."""
    return _KEY.fullmatch(key) is not None and key.startswith(_about(request_ids))


def _about(request_ids: Collection[str]) -> str:
    """How a key begins: what is asked."""
    digest = hashlib.sha256("".join(sorted(request_ids)).encode("utf-8", "surrogatepass")).hexdigest()
    return f"longhand-{digest[:_SHOWN]}-"


def write_state(folder: Path, state: BatchState) -> None:
    """Writes a state in place of the one before, on the disk when this returns.

    Args:
        folder: of the judge's batches.
        state: of one of them.

    Raises:
        LonghandError: the disk does not take it.
    """
    path = folder / f"{state.key}.json"
    partial = folder / f".{state.key}.partial"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with open(partial, "w", encoding="utf-8") as file:
            json.dump({"v": 1, **asdict(state)}, file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        _sync(folder)
    except OSError as e:
        raise LonghandError(f"cannot note a batch: {e.strerror}", str(path), FREE_SPACE) from e


def drop_state(folder: Path, state: BatchState) -> None:
    """Forgets a batch that was never created."""
    (folder / f"{state.key}.json").unlink(missing_ok=True)


def states_in(folder: Path) -> list[BatchState]:
    """The batches of a judge, by their keys.

    Raises:
        LonghandError: a file is none of ours: what it holds cannot be known, so nothing may be sent.
    """
    states = []
    for path in sorted(folder.glob("*.json")):
        with contextlib.suppress(FileNotFoundError):  # dropped meanwhile
            states.append(read_state(path))
    return states


def read_state(path: Path) -> BatchState:
    """A batch.

    Raises:
        FileNotFoundError: it is not there any more.
        LonghandError: the file does not say which.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        del record["v"]
        state = BatchState(**record)
        if state.key == path.stem and _is_sound(state):
            return state
    except FileNotFoundError:
        raise
    except (OSError, ValueError, TypeError, LookupError, RecursionError, OverflowError):
        pass
    fix = "look for its batch at the provider: cancel it, and remove the file; its requests are then asked anew"
    raise LonghandError("the state of a batch cannot be read", str(path), fix)


def _is_sound(state: BatchState) -> bool:
    """Whether each field is of its kind, and the requests are those that the key was made for.

    Raises:
        TypeError, OverflowError: a field is of another kind, or too large.
    """
    texts = all(isinstance(text, str) for text in (state.key, state.work, state.base_url))
    ids = all(name is None or is_id(name) for name in (state.file, state.batch))
    counts = isinstance(state.most, list) and [type(count) for count in state.most] == [int, int, int]
    times = state.creating is None or math.isfinite(state.creating)
    times = times and isinstance(state.seen, int | None)
    listed = isinstance(state.requests, list) and state.key.startswith(_about(state.requests))
    needed = {UNDER_WAY: state.batch, CREATING: state.creating}  # by its status
    status = state.status in _STATUSES and needed.get(state.status, "") is not None
    return texts and ids and counts and times and status and (listed or state.status == SETTLED and not state.requests)


def is_id(name: object) -> bool:
    """Whether it can be the id of a batch or a file, as providers make them."""
    return isinstance(name, str) and _ID.fullmatch(name) is not None


def batch_folders(root: Path) -> Iterator[Path]:
    """The folders of all judges' batches in a journal."""
    try:
        with os.scandir(root / "judges") as judges:
            yield from (Path(judge.path, BATCHES) for judge in judges)
    except (FileNotFoundError, NotADirectoryError):
        return


def _sync(folder: Path) -> None:
    """Has the disk take the names in a folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
