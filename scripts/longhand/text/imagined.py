"""Text in place of an answer that is not there yet: made up for the plan, and marked, so that it is known for that."""

from __future__ import annotations

import random
import re
from functools import cache

_BEGIN, _END = "\x91", "\x92"  # for private use; of Latin-1, so that an English text takes a byte a character
_MARK = re.compile(f"{_BEGIN}([0-9a-f]{{64}}){_END}")
"""Ends a line of an imagined answer, by the id of its request: so that it is not taken for another's."""
_PARAGRAPH, _POOL, _APART = 100, 50_000, 7_919  # words
_SYLLABLES = [first + vowel + last for first in "bdfgklmnprstvz" for vowel in "aeiou" for last in "lmnrst"]
_CHARACTERS = [chr(code) for code in range(0x4E00, 0x4E00 + 2000)]


def made_up(words: int, language: str, seed: int = 0) -> str:
    """A text of so many words (Chinese: characters) that means nothing; its paragraphs end in full stops.

    Args:
        words: at least 1. Up to 50,000 no passage repeats another.
        language: en or zh.
        seed: another one gives another text.
    """
    between, end = ("", "。") if language == "zh" else (" ", ".")
    first = seed * _APART % _POOL
    pool = _pool(language) * (1 + (first + words) // _POOL)
    starts = range(first, first + words, _PARAGRAPH)
    return "\n\n".join(between.join(pool[at : min(at + _PARAGRAPH, first + words)]) + end for at in starts)


@cache
def _pool(language: str) -> list[str]:
    """Pieces that texts are cut from: it is as fast as a plan of many thousand texts needs."""
    return random.Random(0).choices(_CHARACTERS if language == "zh" else _SYLLABLES, k=_POOL)


def marked(text: str, key: str) -> str:
    """An imagined answer with the mark of its request at the end of each line; blank lines stay blank."""
    return "\n".join(f"{line}{_BEGIN}{key}{_END}" if line.strip() else line for line in text.split("\n"))


def is_marked(text: str) -> bool:
    """Whether anything of a text is imagined."""
    return _BEGIN in text and _MARK.search(text) is not None


def unmarked(text: str) -> str:
    """A text without marks: as it would be read if it were there."""
    return _MARK.sub("", text) if _BEGIN in text else text
