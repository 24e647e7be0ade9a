"""How long a text is, and how well that fits what was required.

The names of counters and rules are the published ones. Counters that differ by 13% on the same Chinese
text are in use: a number without its counter's name means nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from longhand.text.language import Counts, count
from longhand.text.requirement import Requirement


def words_longbench_write(counts: Counts) -> int:
    r"""Words as LongBench-Write counts them: CJK characters plus matches of `\b[a-zA-Z]+\b`.

    Source: `count_words` of LongWriter's and EvalScope's eval_length.
    """
    return counts.cjk + counts.english_words


def words_longen(counts: Counts) -> int:
    """Words as LonGen counts them: CJK characters, CJK punctuation and full-width forms, plus other tokens.

    Source: Self-Lengthen's LonGen evaluation.
    """
    return counts.wide + counts.tokens


def count_longbench_write(text: str) -> int:
    """Words of a text by LongBench-Write's counter."""
    return words_longbench_write(count(text))


def count_longen(text: str) -> int:
    """Words of a text by LonGen's counter."""
    return words_longen(count(text))


def score_longbench_write(required: float, words: float) -> float:
    """S_L of LongBench-Write, 0-100, from required and written words.

    Above the required length `100 * max(0, 1 - (y/x - 1) / 3)`, else `100 * max(0, 1 - (x/y - 1) / 2)`: zero from
    four times the length on and up to a third of it. A text without words scores 0, where the published code
    divides by zero. Source: LongWriter, eval_length.

    Raises:
        ValueError: required is not positive.
    """
    if required <= 0:
        raise ValueError(f"required length {required} must be positive")
    if words == 0:
        return 0.0
    if words > required:
        return 100 * max(0.0, 1 - (words / required - 1) / 3)
    return 100 * max(0.0, 1 - (required / words - 1) / 2)


def longen_interval(requirement: Requirement) -> tuple[float, float] | None:
    """The lengths [a, b] that LonGen gives full marks: about T [0.8T, 1.2T], above T [T, 1.5T], below T [0.5T, T].

    Source: Self-Lengthen's LonGen evaluation.
    """
    if requirement.constraint == "range":
        low, high = requirement.required_min, requirement.required_max
        return None if low is None or high is None else (low, high)
    length = requirement.stated
    shares = {"about": (0.8, 1.2), "above": (1.0, 1.5), "below": (0.5, 1.0)}[requirement.constraint]
    return None if length is None else (shares[0] * length, shares[1] * length)


def score_longen(requirement: Requirement, words: int) -> float | None:
    """LonGen's length score, 0-100: 100 inside [a, b], under it `100 max(2y/a - 1, 0)`, over it `100 max(3 - 2y/b, 0)`.

    Source: Self-Lengthen's LonGen evaluation.
    """
    if (interval := longen_interval(requirement)) is None:
        return None
    low, high = interval
    if words < low:
        return 100 * max(2 * words / low - 1, 0.0)
    return 100.0 if words <= high else 100 * max(3 - 2 * words / high, 0.0)


def score_lifebench(requirement: Requirement, words: int) -> float | None:
    """LIFEBench's length score, 0-100, from the deviation d = (y - x) / x: `100 e^(5d)` under x, `100 e^(-2d)` over it.

    `about` is its "equal to", `above` its "at least", `below` its "at most"; a kept limit is 100, but a text without
    words 0 (LIFEBench leaves those out). It has no ranges: None. Source: arXiv 2505.16234; the released script takes d
    in percent, which leaves next to nothing of any score.
    """
    if (length := requirement.stated) is None:
        return None
    if words == 0:
        return 0.0
    deviation = (words - length) / length
    if deviation >= 0 if requirement.constraint == "above" else requirement.constraint == "below" and deviation <= 0:
        return 100.0
    return 100 * math.exp(5 * deviation if deviation < 0 else -2 * deviation)


def score_stated(requirement: Requirement, words: int) -> float | None:
    """S_L of LongBench-Write against the one length that is stated, which it takes for the target; None for a range."""
    return None if requirement.stated is None else score_longbench_write(requirement.stated, words)


class WordCounter(NamedTuple):
    """A published way to count words.

    Attributes:
        title: whose it is.
        column: of the tables that have its counts.
        words: of the counts of a text.
    """

    title: str
    column: str
    words: Callable[[Counts], int]


COUNTERS = (
    BY_LONGBENCH_WRITE := WordCounter("LongBench-Write", "words_longbench_write", words_longbench_write),
    BY_LONGEN := WordCounter("LonGen", "words_longen", words_longen),
)
"""The counters: each counts every response."""


class LengthRule(NamedTuple):
    """A published way to count and to score.

    Attributes:
        name: in the config.
        title: whose it is.
        counter: that it counts words with.
        score: from a requirement and words, on 0-100; None where the rule does not apply.
    """

    name: str
    title: str
    counter: WordCounter
    score: Callable[[Requirement, int], float | None]

    @property
    def column(self) -> str:
        """Of the tables that have its scores."""
        return self.name.replace("-", "_")


_RULES = (
    LengthRule("longbench-write", "LongBench-Write", BY_LONGBENCH_WRITE, score_stated),
    LengthRule("longen", "LonGen", BY_LONGEN, score_longen),
    # LIFEBench's counter is not in what it has published; characters and words are what LongBench-Write counts too.
    LengthRule("lifebench", "LIFEBench", BY_LONGBENCH_WRITE, score_lifebench),
)
LENGTH_RULES = {rule.name: rule for rule in _RULES}
"""The length rules that a dataset may name; all that apply are scored for every response.

A new rule is an entry above: the tables of lengths and scores, the leaderboard and the report have it by that. What
people read of it stands apart, as tests/test_new_length_rule.py says: RULE_WORDS of report/wording.py, the config's
schema and page, the leaderboard's caption.
"""
