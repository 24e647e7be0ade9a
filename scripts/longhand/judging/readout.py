"""What is read from a judge's reply: a value, or why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from longhand.judging.declines import declines
from longhand.judging.quotes import stands_in

Value = TypeVar("Value")

PUBLISHED = "published"
"""A way to read marks: the last counts, whatever it is (LongReward's code). The other is that all must agree."""


@dataclass(frozen=True)
class Readout(Generic[Value]):
    """What a reply says.

    Attributes:
        status: of a judgement.
        value: None unless the status is "ok".
        error: why there is none, in one line; None if ok.
    """

    status: str
    value: Value | None = None
    error: str | None = None


def unread(error: str, answer: str, texts: Sequence[str]) -> Readout[Value]:
    """Of a reply from which nothing can be read: it is refused where the judge says so in words of its own.

    Args:
        error: what is missing in it.
        answer: the reply without reasoning.
        texts: that the judge was shown.
    """
    for sentence in declines(answer):
        if not stands_in(sentence, texts):
            return Readout("refused", None, f'the judge declines: "{shown(sentence)}"')
    return Readout("unparsed", None, error)


def shown(text: str, most: int = 80) -> str:
    """A text for an error message, on one line and not long."""
    line = " ".join(text.split())
    return f"{line[:most]}…" if len(line) > most else line
