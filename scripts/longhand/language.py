"""The two countings that tell English from Chinese text."""

from __future__ import annotations

import re

# U+4E00-U+9FFF, as the published counters have it: extension blocks and Japanese kana do not count.
CJK = re.compile("[\u4e00-\u9fff]")
# Letters glued to a digit, an accented letter or a CJK character are no match: `\b` is Python's Unicode word boundary.
ENGLISH_WORD = re.compile(r"\b[a-zA-Z]+\b")


def count_cjk(text: str) -> int:
    """Number of characters in U+4E00-U+9FFF."""
    return len(CJK.findall(text))


def count_english_words(text: str) -> int:
    r"""Number of matches of `\b[a-zA-Z]+\b`."""
    return len(ENGLISH_WORD.findall(text))


def language_of(text: str) -> str:
    """`zh` when there are more CJK characters than English words, else `en` (EvalScope, LongWriter)."""
    return "zh" if count_cjk(text) > count_english_words(text) else "en"
