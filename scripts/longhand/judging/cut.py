"""Cuts a long response to the words that a judge is shown."""

from __future__ import annotations

import re
from typing import NamedTuple

_WORD = re.compile(
    r"[\u3400-\u9fff]"
    r"|[^\W\u3400-\u9fff]+(?:[-.,:/][^\W\u3400-\u9fff]+)*"
    r"|['’][^\W\u3400-\u9fff]+|\.{2,}|-{2,}|[^\w\s]"
)
"""A word or a mark, nearly as NLTK's word_tokenize counts them; each Chinese character for itself."""


class Cut(NamedTuple):
    """A response of more than `over` words is cut behind its first `to` words."""

    over: int
    to: int


def cut_text(text: str, cut: Cut | None) -> tuple[str, int | None]:
    """The beginning of a text as it stands there, and how many words were cut off; None where none were."""
    if cut is None:
        return text, None
    ends = [match.end() for match in _WORD.finditer(text)]
    if len(ends) <= max(cut):
        return text, None
    return text[: ends[cut.to - 1]], len(ends) - cut.to
