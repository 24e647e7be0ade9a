"""The form of a reply by criteria in a judge's prompt: one score, or one for each of several numbered items."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_TAIL = 40_000
"""Characters at the end of a prompt in which the form is looked for."""
_ITEM = re.compile(
    r"(?:\"(?P<number>\d{1,3})\"\s{0,4}:\s{0,4})?\{\s{0,4}\"reason\"\s{0,4}:\s{0,4}\"\.\.\.\","
    r"\s{0,4}\"score\"\s{0,4}:\s{0,4}(?P<scores>[-\d.| ]{1,400})\}"
)
_LIST = re.compile(
    r"\[\s{0,4}\{\"(?P<id>\w{1,40})\": 1, \"(?P<reason>\w{1,40})\": \"\.\.\.\", \"(?P<score>\w{1,40})\": \.\.\.\}"
)
_RANGE = re.compile(r"\s*(-?\d{1,4})-(-?\d{1,4})\s*")
_NUMBERED = re.compile(r"^(\d{1,3})\. ", re.MULTILINE)
_LEVEL = re.compile(r"^- (\d{1,4}(?:\.\d{1,4})?): ", re.MULTILINE)

Score = Callable[[str, list[float]], float]
"""Number of an item, and the scores that are allowed, from the lowest, to its score."""


@dataclass(frozen=True)
class ReplyForm:
    """What is to be scored, and in which form the reply is.

    Attributes:
        scores: number of an item ("" where there is only one) -> the scores that are allowed, from the lowest.
        keys: of the number, the reason and the score in a list of items; None: the reply is an object by numbers.
    """

    scores: dict[str, list[float]]
    keys: tuple[str, str, str] | None = None

    def reply(self, reason: str, score: Score) -> Any:
        """The reply as JSON values, with this reason for each score."""
        scored = {number: score(number, allowed) for number, allowed in self.scores.items()}
        if self.keys is not None:
            of_number, of_reason, of_score = self.keys
            return [{of_number: int(number), of_reason: reason, of_score: value} for number, value in scored.items()]
        items = {number: {"reason": reason, "score": value} for number, value in scored.items()}
        return items.get("", items)


def reply_form_of(instructions: str) -> ReplyForm | None:
    """The form in a judge's prompt; None where it has none by criteria.

    Args:
        instructions: the prompt without the judged text and its request.
    """
    text = instructions[-_TAIL:]
    scores = {match["number"] or "": _scores(match["scores"]) for match in _ITEM.finditer(text)}
    if scores and all(scores.values()):
        return ReplyForm(scores)
    listed, levels = _LIST.search(text), [_number(level) for level in _LEVEL.findall(text)]
    if listed is None or not levels:
        return None
    return ReplyForm({str(n): sorted(levels) for n in range(1, _items(text) + 1)}, (listed[1], listed[2], listed[3]))


def _items(text: str) -> int:
    """How many numbered lines there are, one after another."""
    number = 0
    for match in _NUMBERED.finditer(text):
        number += int(match[1]) == number + 1
    return number


def _scores(words: str) -> list[float]:
    """Of "1-10", or of "0 | 0.25 | 0.5"; nothing where they are none."""
    if match := _RANGE.fullmatch(words):
        return list(range(int(match[1]), int(match[2]) + 1))
    try:
        return sorted(_number(word) for word in words.split("|"))
    except ValueError:
        return []


def _number(word: str) -> float:
    return float(word) if "." in word else int(word)
