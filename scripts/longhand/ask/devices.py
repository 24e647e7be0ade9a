"""The GPUs that a process takes on its machine: locked, so that no two jobs take the same, of any run and user.

The locks end with any death of the holder. What it starts does not inherit them.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from itertools import islice, takewhile
from pathlib import Path

from longhand.ask.locks import ByteLocks, say_once
from longhand.program.errors import LastingError

VISIBLE = "CUDA_VISIBLE_DEVICES"
SHARED = Path("/tmp/longhand-gpus")  # not TMPDIR, which may be a folder of each user's or job's
_POLL = 0.5  # seconds
_LISTED = re.compile(r"^(?:GPU (\d+): |\s+MIG ).*\(UUID: ((?:GPU|MIG)-[^)\s]+)\)", re.M)
_HIDDEN = ("-1", "NoDevFiles")  # for CUDA, the devices end before such a name


class Devices:
    """GPUs of this machine, so many of them; none are taken yet.

    Args:
        number: how many; 0 for a process that needs none.
    """

    def __init__(self, number: int):
        self.number = number
        self._named: dict[str, str] | None = None
        self._locks: ByteLocks | None = None
        self._taken: dict[str, str] | None = None

    def try_take(self) -> dict[str, str] | None:
        """Takes them, if so many are free. It does not wait.

        Returns:
            The environment to start the process with, `{"CUDA_VISIBLE_DEVICES": "1,3"}`; empty where nothing is to be
            chosen, since no GPU is named and none is found; None while too few are free.

        Raises:
            LastingError: there are not so many.
        """
        if self._taken is None:
            if self._named is None:
                self._named = named_devices(os.environ.get(VISIBLE)) if self.number else {}
            if self._named and len(self._named) < self.number:
                what = f"{self.number} GPUs are needed, and there are {len(self._named)}: {','.join(self._named)}"
                raise LastingError(what, f"gpus in the config, {VISIBLE}", "lower gpus, or name more devices")
            self._taken = self._chosen(self._named) if self._named else {}
        return self._taken

    def release(self) -> None:
        """Frees what was taken."""
        if self._locks is not None:
            self._locks.close()
        self._locks = self._taken = None

    def _chosen(self, named: Mapping[str, str]) -> dict[str, str] | None:
        for path in (SHARED, SHARED.with_name(f"{SHARED.name}-{os.getuid()}")):  # a user's own if the first is blocked
            try:
                self._locks = ByteLocks(path, for_all_users=True)
                free = (name for name, device in named.items() if self._locks.take(_byte(device)))
                names = list(islice(free, self.number))
            except OSError:
                self.release()
                continue
            if len(names) == self.number:
                return {VISIBLE: ",".join(names)}
            self.release()
            return None
        say_once(f"GPUs cannot be locked here ({SHARED}): other jobs on this machine may take the same")
        return {VISIBLE: ",".join(list(named)[: self.number])}


async def when_free(try_take: Callable[[], dict[str, str] | None], what: str) -> dict[str, str]:
    """What `try_take` gives as soon as it gives something; says once that it waits for `what`, which others have."""
    if (taken := try_take()) is None:
        print(f"waiting until other jobs free {what}", file=sys.stderr, flush=True)
        while (taken := try_take()) is None:
            await asyncio.sleep(_POLL)
    return taken


def named_devices(visible: str | None) -> dict[str, str]:
    """The GPUs that a process may use, in order: their names for CUDA, and names that mean the same to all processes.

    Under Slurm with cgroups each job's GPUs are called 0, 1 …: so an index becomes the UUID that nvidia-smi has for it.

    Args:
        visible: CUDA_VISIBLE_DEVICES; None: all that the machine has.
    """
    listed = [(index, uuid) for index, uuid in _LISTED.findall(_listing())]
    if visible is None:
        # A GPU that is divided has the lines of its parts below its own, and can be used by parts only.
        below = [index for index, _ in listed[1:]] + ["end"]
        return {
            index or uuid: uuid
            for (index, uuid), next_index in zip(listed, below, strict=False)
            if not index or next_index
        }
    names = takewhile(lambda name: name not in _HIDDEN, map(str.strip, visible.split(",")))
    return {name: _uuid(name, listed) for name in names if name}


def _uuid(name: str, listed: list[tuple[str, str]]) -> str:
    """Of an index or of the beginning of a UUID; the name itself where nvidia-smi does not know it."""
    return next((uuid for index, uuid in listed if index == name or uuid.startswith(name)), name)


def _listing() -> str:
    """What `nvidia-smi -L` prints; nothing without it."""
    if (program := shutil.which("nvidia-smi")) is None:
        return ""
    try:
        return subprocess.run([program, "-L"], capture_output=True, text=True, timeout=60).stdout
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return ""


def _byte(device: str) -> int:
    return int.from_bytes(hashlib.sha256(device.encode()).digest()[:7])
