"""What the terminal says of a run whose jobs write to logs: how far they are, and which table is complete.

The main process hears of its jobs' starts and ends, and reads the last line of their logs, which on a cluster are on
the shared file system: so it works wherever the jobs run.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable
from pathlib import Path

from longhand.program.errors import NOT_FINISHED
from longhand.program.printable import printable

FIRST, EVERY = 10.0, 30.0
"""Seconds until the first lines about running jobs, and between further ones."""
_SHOWN = 4  # jobs at a time
_WIDTH = 200  # characters of a line
_TAIL = 4096  # bytes of a log that are read
_OUTPUT = re.compile(r"> (\S+) 2>&1' returned non-zero exit status")


class Watch(logging.Handler):
    """Follows the jobs of a run by the events in its log.

    Args:
        say: shows a line.
        finishing: rules whose last line in the log is shown when they are done.
        ended: is told what a job has made.
        postponed: is told of a job (its number) that ended since others are not finished.
    """

    def __init__(
        self,
        say: Callable[[str], None],
        finishing: frozenset[str],
        ended: Callable[[list[str]], None] = lambda _: None,
        postponed: Callable[[int], None] = lambda _: None,
    ):
        super().__init__()
        self._say, self._finishing, self._ended, self._postponed = say, finishing, ended, postponed
        self._running: dict[int, tuple[str, str | None]] = {}  # job -> rule, log
        self._outputs: dict[int, list[str]] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Takes note of a job that starts, ends or fails."""
        event = str(getattr(record, "event", ""))
        if event == "job_info":
            logs = list(getattr(record, "log", None) or [])
            self._running[record.__dict__["jobid"]] = record.__dict__["rule_name"], logs[0] if logs else None
            self._outputs[record.__dict__["jobid"]] = [str(path) for path in getattr(record, "output", None) or []]
        elif event == "job_error":
            rule, log = self._running.pop(record.__dict__["jobid"], ("", None))
            if (line := _unfinished(log)) is not None:
                self._say(f"{rule}: {line}")
                self._postponed(record.__dict__["jobid"])
        elif event == "job_finished":
            rule, log = self._running.pop(record.__dict__["job_id"], ("", None))
            self._ended(self._outputs.pop(record.__dict__["job_id"], []))
            if rule in self._finishing and (line := last_line(log)):
                self._say(line)

    def lines(self) -> list[str]:
        """How far the running jobs are, those first that run longest."""
        running = list(self._running.values())
        lines = [f"{rule}: {last_line(log) or f'started, its log is {log}'}" for rule, log in running[:_SHOWN]]
        return lines + ([f"and {len(running) - _SHOWN} more jobs"] if len(running) > _SHOWN else [])

    def tell_regularly(self) -> None:
        """Says from now on how far the jobs are, from a thread that ends with the process."""
        threading.Thread(target=self._tell, daemon=True).start()

    def _tell(self) -> None:
        pause, never = FIRST, threading.Event()
        while not never.wait(pause):
            for line in self.lines():
                self._say(line)
            pause = EVERY


def is_error(record: logging.LogRecord) -> bool:
    """A filter of the run's log: without what Snakemake says of a failed job that is only not finished yet.

    It names such a job's log, or the whole command, which ends with it.
    """
    event, logs = str(getattr(record, "event", "")), list(getattr(record, "log", None) or [])
    if event == "error" and (match := _OUTPUT.search(record.getMessage())):
        logs = [match[1]]
    return event not in ("job_error", "error") or not logs or _unfinished(logs[0]) is None


def _unfinished(log: str | None) -> str | None:
    """The last line of a job that ended since others are not finished; None of any other."""
    line = last_line(log, None)
    return line if line is not None and line.startswith(NOT_FINISHED) else None


def last_line(log: str | None, width: int | None = _WIDTH) -> str | None:
    """The last line of a log that has something in it, fit to be shown, cut to `width` characters; None without one."""
    try:
        with Path(log or "").open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - _TAIL))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return None
    lines = [shown for line in text.splitlines() if (shown := printable(line, width))]
    return lines[-1] if lines else None
