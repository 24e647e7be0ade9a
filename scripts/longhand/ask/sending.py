"""Sends requests: as many at a time as the server bears, again after a fault, and not for ever when all fails."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NoReturn

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_random_exponential

from longhand.ask.limit import Lane, Limit
from longhand.ask.progress import Progress
from longhand.config.serving import Serving
from longhand.program.errors import LastingError, LonghandError
from longhand.wire.answer import Answer
from longhand.wire.replies import Transient, Unanswered

BACK_OFF = wait_random_exponential(multiplier=1, max=60)  # seconds
_FAILED_IN_A_ROW = 5  # requests without an answer, with none answered in between: then it is not the prompts
_UNREACHABLE_IN_A_ROW = 3  # attempts to connect, where work is done ahead


class Sender:
    """Gets answers, whatever happens on the way.

    Args:
        serving: how many at a time, how often one is tried.
        progress: is told of retries and of what got no answer.
        limit: how many may be in flight; other senders may be under it too.
        ahead: the work is done ahead, and another job can do it: an address that nobody is at ends it at once.
    """

    def __init__(self, serving: Serving, progress: Progress, limit: Limit, *, ahead: bool = False):
        self._serving, self._progress = serving, progress
        self._limit, self._lane, self._ahead = limit, Lane(), ahead
        self._failed, self._unreachable, self._answered = 0, 0, False

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
                    async with self._limit.slot(self._lane):
                        answer = await self._tried(attempt, number)
        except Transient as e:
            tries = "1 try" if number == 1 else f"{number} tries"
            self._give_up(Unanswered("failed", f"no answer in {tries}: {e}", number), known, may_pass=True)
        except Unanswered as e:
            e.attempts = number
            self._give_up(e, known, may_pass=self._answered)
        self._failed, self._answered, self._lane.doubted = 0, True, False
        return answer

    async def _tried(self, attempt: Callable[[int], Awaitable[Answer]], number: int) -> Answer:
        """One attempt. Raises LonghandError, where work is done ahead, once nobody is at the address."""
        try:
            if not self._nobody_there:
                answer = await attempt(number)
                self._unreachable = 0
                return answer
        except Exception as e:
            self._unreachable = self._unreachable + 1 if isinstance(e, Transient) and e.unreachable else 0
            if not self._nobody_there:
                raise
        raise LonghandError(f"{self._serving.name} cannot be reached from here", self._serving.base_url)

    @property
    def _nobody_there(self) -> bool:
        return self._ahead and self._unreachable >= _UNREACHABLE_IN_A_ROW

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
            self._lane.doubted = self._failed >= _FAILED_IN_A_ROW
            if self._lane.doubted and self._lane.in_flight == 0:
                raise (LonghandError if may_pass else LastingError)(
                    f"gave up: {reason}; {self._failed} requests in a row got no answer",
                    self._serving.base_url or self._serving.name,
                    "mend the cause, then start again: finished answers are kept",
                ) from reason
        raise reason from None
