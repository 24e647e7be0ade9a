"""What the demo judge sees of a text: counts that need no understanding."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from statistics import fmean, pstdev

from longhand.text.language import language_of
from longhand.text.length import count_longbench_write

_READ = 400_000
"""Characters that are measured; the longest responses in use have about 200,000."""
_WINDOW = {"en": 100, "zh": 200}
"""Words or characters in a type-token window: a ratio over a whole text would fall with its length."""
_GRAM = 13
"""Words or characters of the repeated pieces that are looked for (Self-Lengthen's filter)."""

_UNIT = re.compile("[a-z]+|[\u4e00-\u9fff]")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s|(?<=[。！？])|\n")
_PARAGRAPH_END = re.compile(r"\n\s*\n|\n")
_CLOSING = ".!?。！？…\"'”’」』)）*"


@dataclass(frozen=True)
class Measures:
    """Statistics of one response to one request.

    Attributes:
        words: English words plus CJK characters.
        overlap: share of the request's content words (Chinese: pairs of characters) that the response uses, 0-1.
        variety: mean type-token ratio over windows, 0-1.
        repeated_sentences: share of sentences that stood in the text before, 0-1.
        repeated_grams: share of 13-word (13-character) pieces that stood in the text before, 0-1.
        sentence_words: mean length of a sentence.
        sentence_spread: standard deviation of that over its mean.
        paragraphs: number of them.
        closed: whether it ends with a closing mark.
    """

    language: str
    words: int
    overlap: float
    variety: float
    repeated_sentences: float
    repeated_grams: float
    sentence_words: float
    sentence_spread: float
    paragraphs: int
    closed: bool


@lru_cache(16)  # the repeats of a verdict come close together
def measure(request: str, response: str) -> Measures:
    """Measures the first 400,000 characters of `response`. Request and response may be empty."""
    response = response[:_READ].strip()
    language = language_of(response)
    units = _UNIT.findall(response.lower())
    sentences = sentences_of(response)
    lengths = [n for s in sentences if (n := count_longbench_write(s))] or [0]
    mean = fmean(lengths)
    return Measures(
        language=language,
        words=len(units),
        overlap=word_share(request[:_READ], response),
        variety=_variety(units, _WINDOW[language]),
        repeated_sentences=_repeated(sentences),
        repeated_grams=_repeated([tuple(units[i : i + _GRAM]) for i in range(len(units) - _GRAM + 1)]),
        sentence_words=mean,
        sentence_spread=pstdev(lengths) / mean if mean else 0.0,
        paragraphs=sum(1 for p in _PARAGRAPH_END.split(response) if p.strip()),
        closed=response.endswith(tuple(_CLOSING)),
    )


def _repeated(pieces: list[str] | list[tuple[str, ...]]) -> float:
    return 1 - len(set(pieces)) / len(pieces) if pieces else 0.0


def _variety(units: list[str], window: int) -> float:
    if not units:
        return 0.0
    # A last window of less than half the size would count for too much.
    starts = range(0, max(len(units) - window // 2, 1), window)
    return fmean(len(set(part)) / len(part) for part in (units[start : start + window] for start in starts))


def word_share(wanted: str, text: str) -> float:
    """The share of the content words of `wanted` that a text has, 0-1."""
    words = _content(wanted)
    return len(words & _content(text)) / len(words) if words else 0.0


def sentences_of(text: str) -> list[str]:
    """Its sentences, in order."""
    return [s.strip() for s in _SENTENCE_END.split(text) if s.strip()]


def _content(text: str) -> set[str]:
    """Words of five letters or more and pairs of neighbouring CJK characters."""
    runs = re.findall("[\u4e00-\u9fff]+", text)
    pairs = {run[i : i + 2] for run in runs for i in range(len(run) - 1)}
    return pairs | set(re.findall(r"\b[a-z]{5,}\b", text.lower()))


def qualities(m: Measures) -> dict[str, float]:
    """Measures as qualities between 0 (poor) and 1 (good).

    The bounds were chosen so that the demo's own texts and usual prose spread over the middle of the scale.
    """
    if m.words == 0:
        return dict.fromkeys(("topic", "variety", "freshness", "sentences", "rhythm", "layout", "depth"), 0.0)
    best_sentence, low, high = (17.0, 0.55, 0.80) if m.language == "en" else (28.0, 0.42, 0.68)
    return {
        "topic": _between(m.overlap, 0.05, 0.65),
        "variety": _between(m.variety, low, high),
        "freshness": 1 - _between(m.repeated_sentences + 2 * m.repeated_grams, 0.0, 0.35),
        "sentences": 1 - _between(abs(math.log(max(m.sentence_words, 1.0) / best_sentence)), 0.0, 1.2),
        "rhythm": _between(m.sentence_spread, 0.1, 0.75),
        "layout": (1 - _between(abs(math.log(m.words / m.paragraphs / 110)), 0.2, 1.8)) * (1.0 if m.closed else 0.6),
        "depth": _between(math.log(m.words), math.log(60), math.log(4000)),
    }


def _between(value: float, low: float, high: float) -> float:
    """Where `value` lies from `low` (0) to `high` (1), bounded."""
    return min(max((value - low) / (high - low), 0.0), 1.0)
