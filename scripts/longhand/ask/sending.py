"""Sends requests: as many at a time as the server bears, again after a fault, and not for ever when all fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import NoReturn

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_random_exponential

from longhand.ask.progress import Progress
from longhand.config.serving import Serving
from longhand.program.errors import LastingError, LonghandError
from longhand.wire.answer import Answer
from longhand.wire.replies import Transient, Unanswered

BACK_OFF = wait_random_exponential(multiplier=1, max=60)  # seconds
_FAILED_IN_A_ROW = 5  # requests without an answer, with none answered in between: then it is not the prompts
_ROUNDS = 8  # of requests, until a halved number in flight has recovered


class Limit:
    """How many requests may be in flight: halved when the server is busy, then raised step by step (AIMD).

    While `doubted`, one at a time is let through.
    """

    def __init__(self, most: int):
        self._most, self._exact = most, float(most)
        self._halvings = 0
        self._changed = asyncio.Condition()
        self.in_flight, self.doubted = 0, False

    @property
    def allowed(self) -> int:
        """Requests that may be in flight now."""
        return 1 if self.doubted else int(self._exact)

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Waits until a request may be sent; it is in flight inside the block."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.in_flight < self.allowed)
            self.in_flight += 1
        halvings = self._halvings
        try:
            yield
            step = self._most / 2 / _ROUNDS  # in one round of requests
            self._exact = min(self._most, self._exact + step / self._exact)
        except Transient as e:
            if e.busy and halvings == self._halvings:  # those sent before the last halving tell nothing new
                self._exact = max(1.0, min(self._exact, self.in_flight) / 2)
                self._halvings += 1
            raise
        finally:
            self.in_flight -= 1
            async with self._changed:
                self._changed.notify_all()


class Sender:
    """Gets answers, whatever happens on the way.

    Args:
        serving: how many at a time, how often one is tried.
        progress: is told of retries and of what got no answer.
    """

    def __init__(self, serving: Serving, progress: Progress):
        self._serving, self._progress = serving, progress
        self._limit = Limit(serving.concurrency)
        self._failed, self._answered = 0, False

    async def send(self, attempt: Callable[[int], Awaitable[Answer]], *, known: bool = False) -> Answer:
        """Calls `attempt` with 1, 2, … until it gives an answer.

        Args:
            known: earlier legs got no answer to this request: it says nothing about the server if this one gets none.

        Raises:
            Unanswered: there is none, with a status that says why.
            LonghandError: nothing is answered any more; its cause is the Unanswered of this request.
        """
        number = 0
        try:
            async for round_ in AsyncRetrying(
                stop=stop_after_attempt(self._serving.tries),
                retry=retry_if_exception_type(Transient),
                wait=self._wait,
                reraise=True,
            ):
                with round_:
                    number = round_.retry_state.attempt_number
                    async with self._limit.slot():
                        answer = await attempt(number)
        except Transient as e:
            tries = "1 try" if number == 1 else f"{number} tries"
            self._give_up(Unanswered("failed", f"no answer in {tries}: {e}", number), known, may_pass=True)
        except Unanswered as e:
            e.attempts = number
            self._give_up(e, known, may_pass=self._answered)
        self._failed, self._answered, self._limit.doubted = 0, True, False
        return answer

    def _wait(self, state: RetryCallState) -> float:
        self._progress.retries += 1
        error = state.outcome.exception() if state.outcome else None
        return getattr(error, "retry_after", 0.0) + BACK_OFF(state)

    def _give_up(self, reason: Unanswered, known: bool, may_pass: bool) -> NoReturn:
        """Counts a request without an answer. Once there are too many, those in flight decide whether to go on."""
        self._progress.unanswered += 1
        if reason.status == "failed" and not known:  # the other statuses are about the prompt
            if reason.otherwise is not None and not self._answered:
                raise reason.otherwise from reason
            self._failed += 1
            self._limit.doubted = self._failed >= _FAILED_IN_A_ROW
            if self._limit.doubted and self._limit.in_flight == 0:
                raise (LonghandError if may_pass else LastingError)(
                    f"gave up: {reason}; {self._failed} requests in a row got no answer",
                    self._serving.base_url or self._serving.name,
                    "mend the cause, then start again: finished answers are kept",
                ) from reason
        raise reason from None
