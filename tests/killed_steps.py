"""Steps in processes of their own, which are forked from one that has everything imported, and killed where told.

A step costs some milliseconds in this way, so that a kill can be tried at each single file that it writes.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import itertools
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from forking import Forker, serve, take_place
from tenacity.wait import wait_random

STEPS = ("judge_responses", "submit_batch")
LATE = ("longhand.judging.rubric", "longhand.ask.endpoints", "httpcore2", "truststore", "anyio._backends._asyncio")
"""What these import once they need it."""
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


@dataclass(frozen=True)
class Kill:
    """Where a step is killed: before its n-th change of what is noted of batches or of a journal file (opened to write,
    renamed, removed), or where so many answers are in the journal, the last one in half."""

    change: int = 0
    answer: int = 0


@dataclass(frozen=True)
class Ended:
    """How a step ended: `status` as of a process (-9: killed), and all that it printed."""

    status: int
    output: str

    @property
    def killed(self) -> bool:
        """Whether it was."""
        return self.status == -signal.SIGKILL


class Step:
    """A step.

    Args:
        script: its name, without ending.
        arguments: name -> value, as on its command line.
        folder: in which it runs.
        kill: where it is killed.
        environment: more variables.
    """

    def __init__(
        self,
        script: str,
        arguments: Mapping[str, object],
        folder: Path,
        kill: Kill | None = None,
        environment: Mapping[str, str] | None = None,
    ):
        words = [script, *(f"--{name}={value}" for name, value in arguments.items())]
        self.script, self._log = script, folder / f"{script}.log"
        order = {"words": words, "folder": str(folder), "log": str(self._log), "environment": dict(environment or {})}
        self._order = order | {"kill": asdict(kill or Kill())}
        self.pid: int | None = None

    def start(self) -> None:
        """Starts it."""
        self.pid = _forker().start(**self._order)

    def kill(self) -> None:
        """Ends it at once."""
        assert self.pid is not None
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def ended(self) -> Ended:
        """How it ends, once it has."""
        assert self.pid is not None
        return Ended(_forker().wait(self.pid), self._log.read_text(encoding="utf-8"))


@functools.cache
def _forker() -> Forker:
    return Forker(__file__, environment=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)})


def _run(words: list[str], folder: str, log: str, kill: dict[str, int], environment: dict[str, str]) -> None:
    """Becomes a step, and ends as it does."""
    take_place(folder, log)
    os.environ.update(environment)
    from longhand.ask import sending
    from longhand.program.command import run

    sending.BACK_OFF = wait_random(0, 0.02)
    sys.argv = words
    step = importlib.import_module(words[0])
    _arm(Kill(**kill))
    try:
        run(step.main)
    except SystemExit as e:  # as the interpreter ends, without the time that it takes to clear up
        if isinstance(e.code, str):
            print(e.code, file=sys.stderr)
        sys.stdout.flush()
        os._exit(e.code if isinstance(e.code, int) else int(e.code is not None))


def _arm(kill: Kill) -> None:
    changes, answers = itertools.count(1), itertools.count(1)

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        changed = (event == "open" and arguments[2] & _WRITES) or event in ("os.rename", "os.remove", "os.truncate")
        if changed and isinstance(arguments[0], (str, os.PathLike)):
            place = os.path.relpath(arguments[0])
            if ("/batches/" in place or place.endswith(".jsonl")) and next(changes) == kill.change:
                os.kill(os.getpid(), signal.SIGKILL)

    if kill.change:
        sys.addaudithook(watch)
    if kill.answer:
        from longhand.ask.journal import JournalFile

        add = JournalFile.add

        def add_some(file: JournalFile, answer: Any) -> None:
            add(file, answer)
            if next(answers) == kill.answer:
                size = os.path.getsize(file.path)
                os.truncate(file.path, size - 10)  # a torn line
                os.kill(os.getpid(), signal.SIGKILL)

        JournalFile.add = add_some  # type: ignore[method-assign]


if __name__ == "__main__":
    serve(STEPS + LATE, _run)
