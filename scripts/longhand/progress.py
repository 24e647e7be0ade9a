"""How far a job's requests are: counts, and one log line every so often."""

from __future__ import annotations

import asyncio
import sys
import time

from longhand.journal import Answer

EVERY = 30.0  # seconds between log lines


class Progress:
    """Counts the requests of one job.

    Args:
        what: named in each line ("responses of longwriter-9b").
        rows: rows to be done, for the time left.
    """

    def __init__(self, what: str, rows: int):
        self.what, self.rows = what, rows
        self.rows_done = self.answered = self.unanswered = self.retries = self.tokens = 0
        self._found: set[str] = set()
        self._start = time.monotonic()

    def found(self, key: str) -> None:
        """An answer was in the journal."""
        self._found.add(key)

    def done(self, answer: Answer) -> None:
        """An answer came from the model."""
        self._found.discard(answer.id)
        self.answered += 1
        self.tokens += answer.completion_tokens or 0

    def failed(self) -> None:
        """A request got no answer."""
        self.unanswered += 1

    def line(self) -> str:
        """One line for the log."""
        seconds = max(time.monotonic() - self._start, 1e-9)
        parts = [
            f"{self.what}: {self.rows_done} of {self.rows} rows",
            f"{self.answered} answers in {seconds:.1f} s",
            f"{self.tokens / seconds:.0f} tokens/s",
        ]
        counts = {"from the journal": len(self._found), "retries": self.retries, "unanswered": self.unanswered}
        parts += [f"{n} {name}" for name, n in counts.items() if n]
        if self.answered and 0 < self.rows_done < self.rows:
            parts.append(f"about {seconds / self.rows_done * (self.rows - self.rows_done):.0f} s left")
        return ", ".join(parts)

    def log(self) -> None:
        """Writes the line to the log (standard error)."""
        print(self.line(), file=sys.stderr, flush=True)

    async def log_regularly(self) -> None:
        """Logs until cancelled."""
        while True:
            await asyncio.sleep(EVERY)
            self.log()
