"""Processes that are forked from one which has imported what they need: each starts in some milliseconds."""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from typing import Any


class Forker:
    """The process that others are forked from; it ends with this one.

    Args:
        script: a file that calls `serve`, with its arguments.
        environment: of it.
    """

    def __init__(self, *script: str, environment: dict[str, str]):
        pipe = subprocess.PIPE
        self._process = subprocess.Popen([sys.executable, *script], stdin=pipe, stdout=pipe, text=True, env=environment)
        atexit.register(self._process.communicate)

    def start(self, **order: Any) -> int:
        """Starts a process, which does what `order` says; its number."""
        return self._ordered({"start": order})

    def wait(self, number: int, seconds: float | None = None) -> int:
        """The status that a process ends with, -9 if it was killed. After so many seconds it is."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._send({"wait": number})
        if seconds is not None and not select.select([self._process.stdout], [], [], seconds)[0]:
            os.kill(number, signal.SIGKILL)
        return int(self._process.stdout.readline())

    def _ordered(self, order: dict[str, Any]) -> int:
        assert self._process.stdout is not None
        self._send(order)
        return int(self._process.stdout.readline())

    def _send(self, order: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()


def serve(modules: Iterable[str], become: Callable[..., None]) -> None:
    """Takes orders: to start a process, answered by its number; to wait for one, answered by its status.

    Args:
        modules: imported first.
        become: does in the new process what an order says. Its end is the end of the process.
    """
    for name in modules:
        importlib.import_module(name)
    gc.freeze()
    for line in sys.stdin:
        order = json.loads(line)
        if "start" in order:
            number = os.fork()
            if number == 0:
                become(**order["start"])
                sys.exit()
        else:
            number = os.waitstatus_to_exitcode(os.waitpid(order["wait"], 0)[1])
        print(number, flush=True)


def take_place(folder: str, output: str, errors: str | None = None) -> None:
    """Of this process: its folder, nothing to read, and a file for what it prints; `errors` for its standard error."""
    files = [os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC) for file in (output, errors) if file is not None]
    os.dup2(files[0], 1)
    os.dup2(files[-1], 2)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.chdir(folder)
