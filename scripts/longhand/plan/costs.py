"""From requests to tokens and money, each with a range."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from longhand.config.reached import ConfigEntry
from longhand.plan.looking import Request
from longhand.plan.past import Past
from longhand.plan.usage import Figures, Forecast, Prompt, Seen
from longhand.wire.price import cost

GUESSED_LENGTH, GUESSED_TOKENS = 2.0, 1.25
"""How far off lengths of answers, and counts of tokens, may be without experience: factors in both directions."""
GUESSED_UNREAD = 0.1
"""Share of a judge's replies that may be unreadable, without experience."""
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
    """What requests would cost.

    Attributes:
        requests: questions without an answer in the journal; `high`: with replies that have to be asked for again.
        certain: those of them that follow from what is known; the others are estimated.
        tokens_in, tokens_out: of all requests.
        usd: None where an API has no price in the config; 0 for what runs on one's own machines without a price.
        usd_live: the same if nothing were asked in batches.
        gpu_hours: None where nothing is known of the model's speed; 0 for what needs no GPU here.
    """

    requests: Range = Range()
    certain: int = 0
    tokens_in: Range = Range()
    tokens_out: Range = Range()
    usd: Range | None = Range()
    usd_live: Range | None = Range()
    gpu_hours: Range | None = Range()

    def plus(self, other: Costs) -> Costs:
        """The sum; what is not known of one is not known of both."""
        return Costs(
            self.requests.plus(other.requests),
            self.certain + other.certain,
            self.tokens_in.plus(other.tokens_in),
            self.tokens_out.plus(other.tokens_out),
            _both(self.usd, other.usd),
            _both(self.usd_live, other.usd_live),
            _both(self.gpu_hours, other.gpu_hours),
        )

    @property
    def known(self) -> Costs:
        """The same, with nothing for what is not known."""
        usd, usd_live, gpu_hours = (value or Range() for value in (self.usd, self.usd_live, self.gpu_hours))
        return replace(self, usd=usd, usd_live=usd_live, gpu_hours=gpu_hours)


def _both(one: Range | None, other: Range | None) -> Range | None:
    return None if one is None or other is None else one.plus(other)


class Experience:
    """What is known of a model or judge.

    Args:
        entry: of the config.
        past: its earlier answers.
    """

    def __init__(self, entry: ConfigEntry, past: Past):
        self.entry = entry
        self.known = len(past.figures)
        last = [one for one in past.figures if one.last]
        self._tokens_in = _forecast(past.figures, lambda one: (one.sent, one.prompt_tokens), GUESSED_TOKENS)
        self._tokens_out = _forecast(last, lambda one: (self._guess(one.prompt), one.completion_tokens))
        self._text = _forecast(last, lambda one: (self._guess(one.prompt), one.text))
        self._unread = past.unread / past.replies if past.replies else 0.0
        self._unread_high = _upper(past.unread, past.replies) if past.replies else GUESSED_UNREAD
        self.starts = past.starts
        self._speed = self._tokens_per_second(past.figures)

    def text(self, prompt: Prompt) -> float:
        """Tokens of a response's text, by our estimate."""
        return min(self._text.expect(prompt, self._guess(prompt)), self._longest)

    def costs(self, requests: Sequence[Request], attempts: int, writer: Experience | None) -> Costs:
        """What requests of one step on one dataset's responses of one model would cost, without GPU hours.

        Args:
            requests: to this entry.
            attempts: how often one is sent at most, until its reply can be read.
            writer: for a judge: of the model.
        """
        number = len(requests)
        if not number:
            return Costs()
        again = self._again(attempts)
        known = awaited = imagined = 0.0
        sent, texts = [], []
        for request in requests:
            text = writer.text(request.prompt) if request.awaits and writer is not None else 0.0
            tokens = self._tokens_in.expect(request.prompt, request.tokens + text, same=False)
            sent.append((request.prompt, tokens))
            texts.append((request.prompt, text))
            share = text / (request.tokens + text) if text else 0.0
            if request.certain:
                known, awaited = known + tokens * (1 - share), awaited + tokens * share
            else:
                imagined += tokens
        lengths = around(awaited, writer._text.factor(texts)) if writer is not None else Range()
        lengths = lengths.plus(around(imagined, GUESSED_LENGTH))
        in_off = self._tokens_in.factor(sent)
        first_in = Range(known, known, known).plus(lengths).times(1 / in_off, 1, in_off)
        out = self._out_range(requests)
        first_out = out._replace(high=min(out.high, number * self._longest))
        tokens_in, tokens_out = first_in.times(*again), first_out.times(*again)
        usd = usd_live = self._usd(tokens_in, tokens_out)
        if self.entry.serving.batch and usd_live is not None:  # what has to be asked for again is asked live
            live, in_batch = (self._usd(first_in, first_out, batch=batch) or Range() for batch in (False, True))
            usd = usd_live.plus(in_batch).plus(live.times(-1, -1, -1))
        certain = sum(request.certain for request in requests)
        return Costs(Range(number, number, number).times(*again), certain, tokens_in, tokens_out, usd, usd_live)

    def seconds(self, request: Request) -> float | None:
        """How long a request is in flight; None where the speed is not known."""
        return None if self._speed is None else self._out(request) / self._speed

    def stretch(self, requests: Sequence[Request], attempts: int) -> Range:
        """Factors by which the seconds of requests may differ from what is expected, unreadable replies included."""
        out = self._out_range(requests)
        off = Range(out.low / out.expected, 1, out.high / out.expected) if out.expected else Range(1, 1, 1)
        return off.times(1 / GUESSED_TOKENS, 1, GUESSED_TOKENS).times(*self._again(attempts))

    def _guess(self, prompt: Prompt) -> float:
        return VERDICT if self.entry.kind == "judges" else prompt.tokens

    @property
    def _longest(self) -> float:
        return self.entry.identity.longest or float("inf")

    def _out(self, request: Request) -> float:
        """Tokens of an answer: as many as were imagined; or of a row's last, as experience says."""
        expected = request.imagined
        if expected is None:
            return min(self._tokens_out.expect(request.prompt, self._guess(request.prompt)), self._longest)
        return min(expected, self._longest)

    def _out_range(self, requests: Sequence[Request]) -> Range:
        last = [(request.prompt, self._out(request)) for request in requests if request.imagined is None]
        imagined = sum(self._out(request) for request in requests if request.imagined is not None)
        return around(sum(tokens for _, tokens in last), self._tokens_out.factor(last)).plus(
            around(imagined, GUESSED_LENGTH)
        )

    def _again(self, attempts: int) -> Range:
        """Replies per question: some have to be asked for again, since they cannot be read."""
        middle, high = (sum(rate**k for k in range(attempts)) for rate in (self._unread, self._unread_high))
        return Range(1, middle, high)

    def _usd(self, tokens_in: Range, tokens_out: Range, *, batch: bool = False) -> Range | None:
        price = self.entry.serving.price
        if price is None:
            return None if self.entry.backend == "openai" else Range()
        ends = [(round(a), round(b)) for a, b in zip(tokens_in, tokens_out, strict=True)]
        return Range(*(cost(price, *tokens, *(tokens if batch else ())) for tokens in ends))

    def _tokens_per_second(self, figures: Sequence[Figures]) -> float | None:
        """Tokens that one request in flight gets per second: measured, else by the config's `tokens_per_second`."""
        seconds = sum(one.seconds for one in figures)
        if seconds > 0:
            return sum(one.completion_tokens for one in figures) / seconds
        configured = self.entry.settings.get("tokens_per_second")
        return None if configured is None else configured / self.entry.serving.concurrency


def _forecast(
    figures: Iterable[Figures], which: Callable[[Figures], tuple[float, float]], unknown: float = GUESSED_LENGTH
) -> Forecast:
    return Forecast((Seen(one.prompt.id, one.prompt.language, *which(one)) for one in figures), unknown)


def _upper(hits: int, tries: int) -> float:
    """Upper end of the 95% interval (Agresti and Coull) of a share."""
    share = (hits + 2) / (tries + 4)
    return min(1.0, share + 2 * math.sqrt(share * (1 - share) / (tries + 4)))


def three_digits(value: float) -> str:
    """Three digits: 0.012, 1.23, 123, 12.3k, 1.23M."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= 0.9995 * size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.3g}" if value >= 0.0005 else "0"
