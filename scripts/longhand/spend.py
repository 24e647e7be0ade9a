"""What answers cost: tokens, requests, seconds and money, read from the journal; and a budget that is kept.

The journal has every answer once, whichever leg of a job paid for it. What is not in it is not counted: requests
that got no answer, and what was in flight when a job was killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from longhand.errors import LonghandError
from longhand.journal import Answer, read_answers

_POLL = 0.2  # seconds
_NOTHING = 1e-9  # USD; sums of floats do not come back to 0

Price = Mapping[str, float] | None
"""USD per million tokens: input, output."""


@dataclass
class Spend:
    """Sums over answers. `requests` counts the retries that led to an answer; `seconds` add up over all in flight."""

    answers: int = 0
    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0

    def add(self, answer: Answer) -> None:
        """Counts an answer."""
        self.answers += 1
        self.requests += answer.attempts
        self.prompt_tokens += answer.prompt_tokens or 0
        self.completion_tokens += answer.completion_tokens or 0
        self.seconds += answer.seconds

    def usd(self, price: Price) -> float | None:
        """The money, None without a price."""
        return None if price is None else cost(price, self.prompt_tokens, self.completion_tokens)

    def report(self, price: Price) -> dict[str, Any]:
        """The figures as a file keeps them."""
        usd = self.usd(price)
        return {
            "answers": self.answers,
            "requests": self.requests,
            "retries": self.requests - self.answers,
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "seconds": round(self.seconds, 3),
            "usd": None if usd is None else round(usd, 6),
        }


def cost(price: Mapping[str, float], prompt_tokens: int, completion_tokens: int) -> float:
    """USD."""
    return (price["input"] * prompt_tokens + price["output"] * completion_tokens) / 1e6


def spent_in(journal_file: Path) -> Spend:
    """What the answers in one job's journal file cost, over all its legs."""
    spend = Spend()
    for answer, _ in read_answers(journal_file):
        spend.add(answer)
    return spend


class Budget:
    """Keeps what one model costs within a budget, over all jobs that write its journal, at the same time too.

    Before a request is sent, the most that it can cost is set aside in a file that the jobs share. What a job that
    was killed had set aside counts no more.

    Args:
        usd: the budget.
        price: of the model.
        max_tokens: of an answer.
        folder: the model's journal.
        own: this job's file in it, locked by the job.
        name: of the model.
    """

    def __init__(self, usd: float, price: Mapping[str, float], max_tokens: int, folder: Path, own: Path, name: str):
        self._usd, self._price, self._max_tokens, self._name = usd, price, max_tokens, name
        self._folder, self._own = folder, own.relative_to(folder).as_posix()
        self._spent, self._read = Spend(), dict[Path, int]()
        self._queue = asyncio.Lock()
        with self._shared() as held:
            held.pop(self._own, None)  # of a leg that was killed

    @asynccontextmanager
    async def set_aside(self, body: Mapping[str, Any]) -> AsyncIterator[None]:
        """Waits until the request can be afforded, and sets the most that it can cost aside meanwhile.

        That is a token for each byte of its text, and the longest answer.

        Raises:
            LonghandError: the budget does not suffice.
        """
        usd = cost(self._price, len(json.dumps(body, ensure_ascii=False).encode()), self._max_tokens)
        async with self._queue:
            while not self._reserve(usd):
                await asyncio.sleep(_POLL)
        try:
            yield
        finally:  # if it was answered, the journal has what it cost
            with self._shared() as held:
                held[self._own] = held.get(self._own, 0.0) - usd

    def _reserve(self, usd: float) -> bool:
        """Notes money as set aside; False while that has to wait for what others in flight really cost."""
        with self._shared() as held:
            self._catch_up()
            spent, in_flight = self._spent.usd(self._price) or 0.0, sum(held.values())
            if spent + in_flight + usd <= self._usd:
                held[self._own] = held.get(self._own, 0.0) + usd
                return True
        if in_flight > _NOTHING:
            return False
        raise LonghandError(
            f"the budget of {self._usd:g} USD ends here: {spent:.4f} are spent, the next request may cost {usd:.4f}",
            f"budget of {self._name}",
            "raise it and start again: finished answers are kept",
        )

    def _catch_up(self) -> None:
        for path in self._folder.rglob("*.jsonl"):
            for answer, end in read_answers(path, self._read.get(path, 0)):
                self._spent.add(answer)
                self._read[path] = end

    @contextmanager
    def _shared(self) -> Iterator[dict[str, float]]:
        """USD set aside by each running job; changes are written back."""
        path = self._folder / ".budget"
        try:
            with open(path, "a+", encoding="utf-8") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                file.seek(0)
                held = {}
                with contextlib.suppress(ValueError):  # empty, or cut by a kill
                    held = {own: usd for own, usd in json.load(file).items() if self._runs(own)}
                yield held
                file.truncate(0)
                file.write(json.dumps(held))
        except OSError as e:
            raise LonghandError(f"cannot keep the budget: {e.strerror}", str(path)) from e

    def _runs(self, own: str) -> bool:
        """Whether a job still has its journal file locked."""
        if own == self._own:
            return True
        try:
            file = os.open(self._folder / own, os.O_RDONLY)
        except OSError:
            return False
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(file)
        return False
