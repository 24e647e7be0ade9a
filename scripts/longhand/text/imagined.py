"""Text in place of an answer that is not there yet: made up for the plan, and marked, so that it is known for that."""

from __future__ import annotations

import random
import re

_MARK = re.compile("\ue002([0-9a-f]{64})\ue003")
"""Ends a line of an imagined answer, by the id of its request: so that it is not taken for another's."""
_PARAGRAPH = 100  # words
_SYLLABLES = [first + vowel + last for first in "bdfgklmnprstvz" for vowel in "aeiou" for last in "lmnrst"]
_CHARACTERS = [chr(code) for code in range(0x4E00, 0x4E00 + 2000)]


def made_up(words: int, language: str, seed: int = 0) -> str:
    """A text of so many words (Chinese: characters), whose paragraphs end in full stops, and that never repeats itself.

    Args:
        words: at least 1.
        language: en or zh.
        seed: another one gives another text.
    """
    between, end, from_ = ("", "。", _CHARACTERS) if language == "zh" else (" ", ".", _SYLLABLES)
    pieces = random.Random(seed).choices(from_, k=words)
    paragraphs = [pieces[start : start + _PARAGRAPH] for start in range(0, words, _PARAGRAPH)]
    return "\n\n".join(between.join(paragraph) + end for paragraph in paragraphs)


def marked(text: str, key: str) -> str:
    """An imagined answer with the mark of its request at the end of each line; blank lines stay blank."""
    return "\n".join(f"{line}\ue002{key}\ue003" if line.strip() else line for line in text.split("\n"))


def is_marked(text: str) -> bool:
    """Whether anything of a text is imagined."""
    return _MARK.search(text) is not None


def unmarked(text: str) -> str:
    """A text without marks: as it would be read if it were there."""
    return _MARK.sub("", text)
