"""How a text begins."""

from __future__ import annotations

import re

_WORD = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]|[^\s\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]+")


def opening(text: str, words: int = 80, characters: int = 900) -> str:
    """The first words of a text; a Chinese character counts as half a word. The limit on characters is for noise."""
    spent = 0.0
    for match in _WORD.finditer(text):
        spent += 1 if len(match[0]) > 1 or match[0].isascii() else 0.5
        if spent > words or match.end() > characters:
            return text[: min(match.start() or characters, characters)].rstrip() + " …"
    return text
