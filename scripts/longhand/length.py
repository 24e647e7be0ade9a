"""How long a text is, and how well that fits what was required.

The names of counters and rules are the published ones. Counters that differ by 13% on the same Chinese
text are in use: a number without its counter's name means nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from longhand.language import Counts, count


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


class LengthRule(NamedTuple):
    """A published way to count and to score: `score(required, words)` is on 0-100."""

    words: Callable[[Counts], int]
    score: Callable[[float, float], float]


RULES: dict[str, LengthRule] = {
    "longbench-write": LengthRule(words_longbench_write, score_longbench_write),
}
"""The length rules that a dataset may name."""
