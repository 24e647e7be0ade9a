"""Tokens of questions that grow: each of a row's sends again what the one before it sent, and some text more."""

from __future__ import annotations

from functools import lru_cache

from longhand.text.imagined import unmarked
from longhand.text.language import count
from longhand.text.tokens import SLICE, estimate_tokens, tokens_of_counts

_SHORT = 6000  # characters; imagined sections and lines are alike in all rows
_known = lru_cache(128)(count)  # no more: texts are not to be kept


class GrowingText:
    """Estimates tokens of one text after another; what begins as the text before it is counted no second time."""

    def __init__(self) -> None:
        self._text, self._end, self._counts = "", 0, (0, 0)  # the last text; counts of its first lines, up to a place

    def tokens(self, text: str) -> int:
        """The same as `estimate_tokens` of the text without the marks of what is imagined."""
        if len(text) > SLICE:
            return estimate_tokens(unmarked(text))
        if len(text) < _SHORT:  # it is counted sooner than compared
            return tokens_of_counts(*_plus((0, 0), text))
        shared = text.rfind("\n", 0, _shared(self._text, text)) + 1  # no word and no mark goes over the end of a line
        if shared < self._end:
            self._end, self._counts = 0, (0, 0)
        self._counts = _plus(self._counts, text[self._end : shared])
        self._text, self._end = text, shared
        return tokens_of_counts(*_plus(self._counts, text[shared:]))


def _plus(counts: tuple[int, int], text: str) -> tuple[int, int]:
    """English words and Chinese characters, those of a text added."""
    more = (_known if len(text) < _SHORT else count)(unmarked(text))
    return counts[0] + more.english_words, counts[1] + more.cjk


def _shared(one: str, other: str) -> int:
    """How many characters two texts have in common from their start."""
    same, differ = 0, min(len(one), len(other)) + 1
    while differ - same > 1:
        middle = (same + differ) // 2
        if one[same:middle] == other[same:middle]:
            same = middle
        else:
            differ = middle
    return same
