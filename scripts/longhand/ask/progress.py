"""How far a job's requests are: counts, a live line in the terminal, and one log line every so often."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import sys
import time

from longhand.ask.spend import Spend
from longhand.wire.answer import Answer
from longhand.wire.price import Price

FIRST, EVERY = 5.0, 20.0  # seconds until the first log line, and between further ones
_BAR = 10  # characters
_TURN = 1.0  # seconds that a job has the terminal's line


class Progress:
    """Counts the requests of one job.

    Args:
        what: named in each line ("responses of longwriter-9b").
        rows: rows to be done, for the time left.
        price: for the money spent.
    """

    def __init__(self, what: str, rows: int, price: Price = None):
        self.what, self.rows, self._price = what, rows, price
        self.rows_done = self.unanswered = self.retries = 0
        self.spend = Spend()  # in this leg
        self._in_journal: set[str] = set()
        self._start = time.monotonic()

    def in_journal(self, key: str) -> None:
        """An answer was in the journal."""
        self._in_journal.add(key)

    def done(self, answer: Answer) -> None:
        """An answer came from the model."""
        self.spend.add(answer)

    def line(self) -> str:
        """One line that says it all."""
        seconds = max(time.monotonic() - self._start, 1e-9)
        usd = self.spend.usd(self._price)
        counts = {"from the journal": len(self._in_journal), "retries": self.retries, "unanswered": self.unanswered}
        parts = [
            f"{self.what}: {self.rows_done} of {self.rows} rows",
            f"{self.spend.answers} answers in {seconds:.1f} s",
            f"{self.spend.completion_tokens / seconds:.0f} tokens/s",
            *([] if usd is None else [f"{usd:.4f} USD"]),
            *(f"{n} {name}" for name, n in counts.items() if n),
        ]
        if self.spend.answers and 0 < self.rows_done < self.rows:
            parts.insert(1, f"about {seconds / self.rows_done * (self.rows - self.rows_done):.0f} s left")
        return ", ".join(parts)

    def bar(self) -> str:
        """The bar that goes before the line in a terminal."""
        done = _BAR * self.rows_done // max(self.rows, 1)
        return "━" * done + "╌" * (_BAR - done)

    def log(self) -> None:
        """Writes the line to the log (standard error)."""
        print(self.line(), file=sys.stderr, flush=True)

    async def show(self) -> None:
        """Logs, and shows the bar, until cancelled."""
        async with asyncio.TaskGroup() as both:
            both.create_task(self._log_regularly())
            both.create_task(self._show_bar())

    async def _log_regularly(self) -> None:
        await asyncio.sleep(FIRST)
        while True:
            self.log()
            await asyncio.sleep(EVERY)

    async def _show_bar(self) -> None:
        """The bar, in the terminal itself: standard error is the log. The jobs of a run take turns on one line."""
        if os.environ.get("LONGHAND_PROGRESS") == "0":
            return
        try:
            terminal = os.open("/dev/tty", os.O_WRONLY | os.O_NOCTTY)
        except OSError:  # a cluster job, a cron job
            return
        turn = os.open(".", os.O_RDONLY)  # the run folder is what they share
        try:
            while True:
                with contextlib.suppress(BlockingIOError):
                    fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    # One write, so that nothing gets in between; the cursor stays at the start for what comes next.
                    shown = f"{self.bar()} {self.line()}"[: (os.get_terminal_size(terminal).columns or 80) - 1]
                    os.write(terminal, f"\r\x1b[2K{shown}\r".encode())
                    await asyncio.sleep(_TURN)
                    fcntl.flock(turn, fcntl.LOCK_UN)
                await asyncio.sleep(0.1)
        except OSError:  # the terminal was closed
            return
        finally:
            with contextlib.suppress(OSError):
                os.write(terminal, b"\r\x1b[2K")
            os.close(turn)
            os.close(terminal)
