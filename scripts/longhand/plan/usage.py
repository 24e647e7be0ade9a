"""What answers took before, and from that, what others will take."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, linear_regression

from longhand.tables.files import Row
from longhand.text.requirement import aimed_at
from longhand.text.tokens import estimate_tokens, tokens_of_words
from longhand.wire.answer import Answer

UNSTATED = 500
"""Words that are expected where a prompt states no length, as long as nothing is known."""
NEAREST = 10
"""Earlier answers that a new one is estimated from: those whose estimates are nearest to its own."""
_SINGLE = 1.5
"""How far off one earlier answer may be: a factor."""


@dataclass(frozen=True)
class Prompt:
    """What is known of a prompt.

    Attributes:
        tokens: of the required length, by estimate.
        stated: whether a length is required; else `tokens` are those of UNSTATED words.
    """

    id: str
    language: str
    tokens: float
    stated: bool = True

    @classmethod
    def of(cls, row: Row) -> Prompt:
        """From a row of prompts."""
        words = aimed_at(row)
        return cls(row["prompt_id"], row["language"], tokens_of_words(words or UNSTATED, row["language"]), bool(words))


@dataclass(frozen=True)
class Figures:
    """What one answer took.

    Attributes:
        prompt: what it is about.
        sent: tokens of what was sent, by our estimate.
        prompt_tokens, completion_tokens: as the server counted.
        text: tokens of the answer's text, by our estimate (no reasoning, no other tokenizer).
        seconds: until it was complete.
        last: of its row. What others of a method's calls took says nothing about how long texts are.
    """

    prompt: Prompt
    sent: int
    prompt_tokens: int
    completion_tokens: int
    text: int
    seconds: float
    last: bool = True

    @classmethod
    def of(cls, prompt: Prompt, sent: int, answer: Answer, *, last: bool = True, writes: bool = True) -> Figures:
        """From a journaled answer. What the server did not count is estimated; who only gives vectors writes none."""
        text = estimate_tokens(answer.text) if writes else 0
        counted = (answer.prompt_tokens or sent, answer.completion_tokens or text)
        return cls(prompt, sent, *counted, text, answer.seconds, last)


@dataclass(frozen=True)
class Seen:
    """A figure of an earlier answer: what had been `guessed` without experience, and what it `was`."""

    id: str
    language: str
    guessed: float
    was: float


class Forecast:
    """Foretells a figure from earlier ones.

    An answer to the same prompt says most; else the answers whose guesses were nearest, in the same language if there
    are any. Without experience the guess itself has to do.

    Args:
        seen: earlier answers.
        unknown: how far off a guess may be without experience: a factor in both directions.
    """

    def __init__(self, seen: Iterable[Seen], unknown: float):
        self._unknown = unknown
        self._same: dict[str, list[float]] = defaultdict(list)
        self._by_language: dict[str, list[Seen]] = defaultdict(list)
        for one in seen:
            if one.guessed > 0:
                self._same[one.id].append(one.was)
                self._by_language[one.language].append(one)
        self._all = [one for some in self._by_language.values() for one in some]
        for some in (*self._by_language.values(), self._all):
            some.sort(key=lambda one: one.guessed)
        prompts = [_by_prompt(some) for some in self._by_language.values()]
        self._spread = _spread(prompts)
        self._prompts = _effective([one.guessed for some in prompts for one in some])
        self._foretold: dict[tuple[str, float], float] = {}

    @property
    def known(self) -> int:
        """Earlier answers."""
        return len(self._all)

    def expect(self, prompt: Prompt, guess: float, *, same: bool = True) -> float:
        """The figure that is expected; `same`: earlier answers to the same prompt count first."""
        if same and prompt.id in self._same:
            return fmean(self._same[prompt.id])
        group = prompt.language if prompt.language in self._by_language else ""
        if (group, guess) not in self._foretold:
            some = self._by_language[group] if group else self._all
            self._foretold[group, guess] = _foretold(_near(some, guess), guess) if some else guess
        return self._foretold[group, guess]

    def factor(self, expected: Iterable[tuple[Prompt, float]]) -> float:
        """How far a sum may be off, as a factor in both directions: 95% of the spread that earlier answers show, or
        what is assumed without any.

        Answers to one prompt are long or short together, so that prompts are counted, and long ones count more: n
        shares of a sum are as good as 1 / sum(share^2) equal ones (Kish's effective size).

        Args:
            expected: the parts of the sum, with the prompts that they are about.
        """
        by_prompt: dict[str, float] = defaultdict(float)
        for prompt, value in expected:
            by_prompt[prompt.id] += value
        ahead = _effective(by_prompt.values())
        if not self._all or not ahead:
            return self._unknown
        return math.exp(_two_sided(self._prompts - 1) * self._spread * math.sqrt(1 / ahead + 1 / self._prompts))


def _two_sided(freedom: float) -> float:
    """Student's t that 95% are within; with one prompt behind it the spread is an assumption, no estimate."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.975)) if freedom > 0 else 1.96


def _effective(shares: Iterable[float]) -> float:
    """How many equal shares are as good as these; 0 without any."""
    known = list(shares)
    squares = sum(share**2 for share in known)
    return sum(known) ** 2 / squares if squares else 0.0


def _by_prompt(some: Iterable[Seen]) -> list[Seen]:
    """The means of each prompt's answers, by what was guessed."""
    by_id: dict[str, list[Seen]] = defaultdict(list)
    for one in some:
        by_id[one.id].append(one)
    means = [
        Seen(name, of[0].language, fmean(one.guessed for one in of), fmean(one.was for one in of))
        for name, of in by_id.items()
    ]
    return sorted(means, key=lambda one: one.guessed)


def _near(some: Sequence[Seen], guess: float) -> Sequence[Seen]:
    """Those with the same guess, and as many of its neighbours as make them NEAREST."""
    start = bisect_left(some, guess, key=lambda one: one.guessed)
    end = bisect_right(some, guess, key=lambda one: one.guessed)
    start = max(0, min(start - max(0, NEAREST - (end - start)) // 2, len(some) - NEAREST))
    return some[start : max(end, start + NEAREST)]


def _foretold(some: Sequence[Seen], guess: float) -> float:
    """The figure that goes with a guess, by the power law that fits what was seen: with slope 1 figures grow as the
    guesses do, with slope 0 they do not grow at all, as where a model has reached the length that it can write."""
    points = [(math.log(one.guessed), math.log(one.was)) for one in some if one.was > 0]
    slope = 1.0
    if len({x for x, _ in points}) > 1:
        slope = min(max(linear_regression(*zip(*points, strict=True)).slope, 0.0), 1.0)
    scale: float = sum(one.was for one in some) / sum(one.guessed**slope for one in some)
    return scale * math.pow(guess, slope)


def _spread(groups: Iterable[list[Seen]]) -> float:
    """Standard deviation of the logarithm of what was over what its neighbours foretell; one of `groups` per prompt."""
    errors = []
    for some in groups:
        for number, one in enumerate(some):
            others = [*some[max(0, number - NEAREST // 2) : number], *some[number + 1 : number + 1 + NEAREST // 2]]
            if others and one.was > 0 and (foretold := _foretold(others, one.guessed)) > 0:
                errors.append(math.log(one.was / foretold))
    return math.sqrt(fmean(error**2 for error in errors)) if errors else math.log(_SINGLE)
