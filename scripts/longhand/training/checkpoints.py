"""The folder that a training works in. It is no declared output, so that what is in it survives a killed job."""

from __future__ import annotations

import contextlib
import fcntl
import json
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from longhand.program.errors import LonghandError

STATE = "trainer_state.json"  # the last file that a checkpoint gets
_PATIENCE = 60.0  # seconds; a killed job's training is ended within 30
_CHECKPOINT = re.compile(r"checkpoint-(\d+)")


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[IO[str]]:
    """Holds a lock on the folder; who inherits the file holds it too.

    Raises:
        LonghandError: another job trains there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise LonghandError(
                        "another job trains this model", str(folder), "wait for it, or end it"
                    ) from None
                time.sleep(0.2)
        yield lock


def own_folder(folder: Path, key: str) -> Path:
    """The folder of the training `key`. What trainings with other settings or data left is removed."""
    for other in folder.iterdir():
        if other.is_dir() and other.name != key:
            shutil.rmtree(other)
    checkpoints = folder / key
    checkpoints.mkdir(exist_ok=True)
    return checkpoints


def last_checkpoint(folder: Path) -> Path | None:
    """The newest complete checkpoint; torn ones are removed."""
    by_step: dict[int, Path] = {}
    for path in folder.glob("checkpoint-*"):
        if steps_done(path) is None:
            shutil.rmtree(path)
        elif match := _CHECKPOINT.fullmatch(path.name):
            by_step[int(match[1])] = path
    return by_step[max(by_step)] if by_step else None


def steps_done(checkpoint: Path) -> int | None:
    """Optimizer steps before a checkpoint; None for a torn one."""
    try:
        return int(json.loads((checkpoint / STATE).read_text(encoding="utf-8"))["global_step"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
