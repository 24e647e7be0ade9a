"""How long a text is, and how well that fits what was required.

The names of counters and rules are the published ones. Counters that differ by 13% on the same Chinese
text are in use: a number without its counter's name means nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from longhand.language import count_cjk, count_english_words

# CJK ideographs, CJK punctuation, full-width forms: one each for LonGen.
_LONGEN_CHARACTER = re.compile("[\u4e00-\u9fff\u3000-\u303f\uff00-\uffef]")


def count_longbench_write(text: str) -> int:
    r"""Words as LongBench-Write counts them: CJK characters plus matches of `\b[a-zA-Z]+\b`.

    Source: `count_words` of LongWriter's and EvalScope's eval_length.
    """
    return count_cjk(text) + count_english_words(text)


def count_longen(text: str) -> int:
    """Words as LonGen counts them: CJK characters, CJK punctuation and full-width forms, plus other tokens.

    Source: Self-Lengthen's LonGen evaluation. Tokens are what white space separates in the rest.
    """
    rest, characters = _LONGEN_CHARACTER.subn(" ", text)
    return characters + len(rest.split())


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

    count: Callable[[str], int]
    score: Callable[[float, float], float]


RULES: dict[str, LengthRule] = {
    "longbench-write": LengthRule(count_longbench_write, score_longbench_write),
}
"""The length rules that a dataset may name."""
