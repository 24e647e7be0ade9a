"""The form of a reply by criteria in a judge's prompt: one score, or one for each of several items."""

from __future__ import annotations

import re
from typing import NamedTuple

_TAIL = 20_000
"""Characters at the end of a prompt in which the form is looked for."""
_ITEM = re.compile(
    r"(?:\"(?P<number>\d{1,3})\"\s{0,4}:\s{0,4})?\{\s{0,4}\"reason\"\s{0,4}:\s{0,4}\"\.\.\.\","
    r"\s{0,4}\"score\"\s{0,4}:\s{0,4}(?P<scores>[-\d.| ]{1,400})\}"
)
_RANGE = re.compile(r"\s*(-?\d{1,4})-(-?\d{1,4})\s*")


class Item(NamedTuple):
    """What is scored: its number, None where it is the only one; and the scores that are allowed, in order."""

    number: str | None
    scores: list[float]


def items_of(instructions: str) -> list[Item]:
    """The items of the form in a judge's prompt; empty where it has none.

    Args:
        instructions: the prompt without the judged text and its request.
    """
    items = [Item(match["number"], _scores(match["scores"])) for match in _ITEM.finditer(instructions[-_TAIL:])]
    return [item for item in items if item.scores]


def _scores(words: str) -> list[float]:
    """Of "1-10", or of "0 | 0.25 | 0.5"."""
    if match := _RANGE.fullmatch(words):
        return list(range(int(match[1]), int(match[2]) + 1))
    try:
        return [float(word) if "." in word else int(word) for word in words.split("|")]
    except ValueError:
        return []
