"""Waiting in tests: limits that are meant for an idle machine grow as it gets busy, and every wait has an end."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

LONGEST = 10
"""How many times longer than on an idle machine a wait may take at most."""


def busy() -> float:
    """How many times longer than on an idle machine things take now, by the number of processes that want a core."""
    return min(max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1)), LONGEST)


def wait_for(condition: Callable[[], object], seconds: float, what: str) -> None:
    """Waits until `condition` is true; an AssertionError names `what` was waited for in vain.

    Args:
        seconds: that are enough on an idle machine.
    """
    left, before = seconds, time.monotonic()
    while not condition():
        time.sleep(0.1)
        now = time.monotonic()
        left -= (now - before) / busy()
        before = now
        assert left > 0, f"no {what} after {seconds:g} s of an idle machine"


@contextlib.contextmanager
def started(
    words: Sequence[str], folder: Path, environment: dict[str, str], cwd: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A process whose output goes to the file `output` of a folder. It and all that it started are gone afterwards."""
    with (folder / "output").open("ab") as output:
        process = subprocess.Popen(
            words, cwd=cwd or folder, env=environment, stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
