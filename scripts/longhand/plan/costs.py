"""From requests to tokens, money and GPU hours, each with a range."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import NamedTuple

from longhand.ask.spend import cost
from longhand.config.reached import Asked
from longhand.plan.past import Past
from longhand.plan.requests import AskJob, Request
from longhand.plan.usage import Figures, Forecast, Prompt, Seen

GUESSED_LENGTH, GUESSED_TOKENS = 2.0, 1.25
"""How far off lengths of answers, and counts of tokens, may be without experience: factors in both directions."""
GUESSED_UNREAD = 0.1
"""Share of a judge's replies that may be unreadable, without experience."""
STARTUP = 120.0
"""Seconds that a job's vLLM server is assumed to take to start, where no start was measured."""
GUESSED_START, MEASURED_START = 2.0, 1.5
"""How far off these seconds may be: factors in both directions."""
VERDICT = 250
"""Tokens of a judge's reply, without experience."""


class Range(NamedTuple):
    """An estimate between its ends."""

    low: float = 0.0
    expected: float = 0.0
    high: float = 0.0

    def plus(self, other: Range) -> Range:
        """The sum. What is too low in one may be too low in all, so ends are added too."""
        return Range(*(a + b for a, b in zip(self, other, strict=True)))

    def times(self, low: float, expected: float, high: float) -> Range:
        """The product, end by end."""
        return Range(self.low * low, self.expected * expected, self.high * high)


def around(value: float, factor: float) -> Range:
    """`value`, which may be off by `factor` in both directions."""
    return Range(value / factor, value, value * factor)


@dataclass(frozen=True)
class Costs:
    """What ask jobs would cost.

    Attributes:
        requests: questions without an answer in the journal; `high`: with replies that have to be asked for again.
        tokens_in, tokens_out: of all requests.
        usd: None where an API has no price in the config; 0 for what runs on one's own machines without a price.
        gpu_hours: None where nothing is known of the model's speed; 0 for what needs no GPU here.
    """

    requests: Range = Range()
    tokens_in: Range = Range()
    tokens_out: Range = Range()
    usd: Range | None = Range()
    gpu_hours: Range | None = Range()

    def plus(self, other: Costs) -> Costs:
        """The sum; what is not known of one is not known of both."""
        return Costs(
            self.requests.plus(other.requests),
            self.tokens_in.plus(other.tokens_in),
            self.tokens_out.plus(other.tokens_out),
            None if self.usd is None or other.usd is None else self.usd.plus(other.usd),
            None if self.gpu_hours is None or other.gpu_hours is None else self.gpu_hours.plus(other.gpu_hours),
        )

    @property
    def known(self) -> Costs:
        """The same, with nothing for what is not known."""
        return replace(self, usd=self.usd or Range(), gpu_hours=self.gpu_hours or Range())


class Experience:
    """What is known of a model or judge.

    Args:
        asked: its settings.
        past: its earlier answers.

    Attributes:
        start: seconds that a start of its server takes; starts: measured ones behind that.
    """

    def __init__(self, asked: Asked, past: Past):
        self.asked = asked
        self.known = len(past.figures)
        self._tokens_in = _forecast(past.figures, lambda one: (one.sent, one.prompt_tokens), GUESSED_TOKENS)
        self._tokens_out = _forecast(past.figures, lambda one: (self._guess(one.prompt), one.completion_tokens))
        self._text = _forecast(past.figures, lambda one: (self._guess(one.prompt), one.text))
        self._unread = past.unread / past.replies if past.replies else 0.0
        self._unread_high = _upper(past.unread, past.replies) if past.replies else GUESSED_UNREAD
        self._speed = self._tokens_per_second(past.figures)
        self.starts = len(past.starts)
        self.start = median(past.starts) if past.starts else STARTUP

    def text(self, prompt: Prompt) -> float:
        """Tokens of the answer's text, by our estimate."""
        return min(self._text.expect(prompt, self._guess(prompt)), self._longest)

    def costs(self, jobs: Sequence[AskJob], writer: Experience | None) -> Costs:
        """What jobs of one step on one dataset's responses of one model would cost.

        Args:
            writer: for a judge: of the model.
        """
        requests = [request for job in jobs for request in job.missing]
        number = len(requests)
        if not number:
            return Costs()
        again = self._again(jobs[0])
        known = awaited = 0.0
        for request in requests:
            text = writer.text(request.prompt) if request.awaits and writer is not None else 0.0
            tokens = self._tokens_in.expect(request.prompt, request.tokens + text, same=False)
            share = text / (request.tokens + text) if text else 0.0
            known, awaited = known + tokens * (1 - share), awaited + tokens * share
        lengths = around(awaited, writer._text.factor(number)) if writer is not None else Range()
        in_off, out_off = self._tokens_in.factor(number), self._tokens_out.factor(number)
        tokens_in = Range(known, known, known).plus(lengths).times(1 / in_off, 1, in_off).times(*again)
        out = around(sum(map(self._out, requests)), out_off)
        tokens_out = out._replace(high=min(out.high, number * self._longest)).times(*again)
        usd, hours = self._usd(tokens_in, tokens_out), self._gpu_hours(jobs, out_off, again)
        return Costs(Range(number, number, number).times(*again), tokens_in, tokens_out, usd, hours)

    def _guess(self, prompt: Prompt) -> float:
        return VERDICT if "repeats" in self.asked.settings else prompt.tokens

    @property
    def _longest(self) -> float:
        return self.asked.identity.longest or float("inf")

    def _out(self, request: Request) -> float:
        return min(self._tokens_out.expect(request.prompt, self._guess(request.prompt)), self._longest)

    def _again(self, job: AskJob) -> Range:
        """Replies per question: some have to be asked for again, since they cannot be read."""
        attempts = 1 if job.generates else job.job.params["attempts"]
        middle, high = (sum(rate**k for k in range(attempts)) for rate in (self._unread, self._unread_high))
        return Range(1, middle, high)

    def _usd(self, tokens_in: Range, tokens_out: Range) -> Range | None:
        price = self.asked.serving.price
        if price is None:
            return None if self.asked.backend == "openai" else Range()
        return Range(*(cost(price, round(a), round(b)) for a, b in zip(tokens_in, tokens_out, strict=True)))

    def _tokens_per_second(self, figures: Sequence[Figures]) -> float | None:
        """Tokens that one request in flight gets per second: measured, else by the config's `tokens_per_second`."""
        seconds = sum(one.seconds for one in figures)
        if seconds > 0:
            return sum(one.completion_tokens for one in figures) / seconds
        configured = self.asked.settings.get("tokens_per_second")
        return None if configured is None else configured / self.asked.serving.concurrency

    def _gpu_hours(self, jobs: Iterable[AskJob], off: float, again: Range) -> Range | None:
        """GPU hours of jobs, with the start of a server each."""
        if not self.asked.on_gpu:
            return Range()
        if self._speed is None:
            return None
        total, start = Range(), around(self.start, MEASURED_START if self.starts else GUESSED_START)
        for job in jobs:
            if job.missing:
                seconds = [self._out(request) / self._speed for request in job.missing]
                busy = around(packed(seconds, self.asked.serving.concurrency), off * GUESSED_TOKENS).times(*again)
                total = total.plus(busy).plus(start)
        return Range(*(self.asked.serving.gpus * seconds / 3600 for seconds in total))


def packed(seconds: Iterable[float], workers: int) -> float:
    """Seconds until all is done, when so many workers take what comes next as they get free."""
    free = [0.0] * workers
    for one in seconds:
        heapq.heapreplace(free, free[0] + one)
    return max(free)


def _forecast(
    figures: Iterable[Figures], which: Callable[[Figures], tuple[float, float]], unknown: float = GUESSED_LENGTH
) -> Forecast:
    return Forecast((Seen(one.prompt.id, one.prompt.language, *which(one)) for one in figures), unknown)


def _upper(hits: int, tries: int) -> float:
    """Upper end of the 95% interval (Agresti and Coull) of a share."""
    share = (hits + 2) / (tries + 4)
    return min(1.0, share + 2 * math.sqrt(share * (1 - share) / (tries + 4)))
