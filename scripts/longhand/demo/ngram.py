"""A trigram model of words (English) or characters (Chinese), learnt at start from a few pages of prose."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

_TOKEN = {
    "en": re.compile(r"[A-Za-z]+|[.,;:?]"),
    "zh": re.compile("[\u4e00-\u9fff]|[。，、；：？]"),
}
_SENTENCE_ENDS = frozenset(".?。？")
_NAMES = frozenset({"I", "Monday"})  # the words of the corpus that keep their capital

_START = ""  # stands before the first token of a sentence

_BRANCHING = {"en": 4, "zh": 24}
"""A token followed by at least so many different ones (`the`, `of`, 的, a comma) may forget what came before it.

Elsewhere the model keeps to its trigrams: with a corpus this small, that is what holds phrases and Chinese words
together, while the leaps at common tokens make new sentences rather than quotations."""
_LEAP = 0.35
"""The probability of such a leap where it is allowed."""
_SENTENCE_TOKENS = {"en": (5, 45), "zh": (10, 80)}
"""How long a sentence may be, marks included; others are drawn again."""


class NgramModel:
    """Draws sentences that sound like a corpus.

    Args:
        text: the corpus, sentences ending in `.` or `?` (full-width in Chinese).
        language: en or zh.
    """

    def __init__(self, text: str, language: str):
        self.language = language
        # Every successor is listed as often as it was seen, so that a uniform draw follows the counts.
        self._after_two: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._after_one: dict[str, list[str]] = defaultdict(list)
        before, last = _START, _START
        for token in _TOKEN[language].findall(text):
            if last == _START and token not in _NAMES:
                token = token.lower()
            self._after_two[before, last].append(token)
            self._after_one[last].append(token)
            before, last = (_START, _START) if token in _SENTENCE_ENDS else (last, token)
        self._branching = {t for t, after in self._after_one.items() if t and len(set(after)) >= _BRANCHING[language]}

    def sentence(self, draw: random.Random) -> list[str]:
        """The tokens of one sentence, its final mark included."""
        shortest, longest = _SENTENCE_TOKENS[self.language]
        while True:
            tokens = self._attempt(draw, longest)
            if shortest <= len(tokens) <= longest:
                return tokens

    def _attempt(self, draw: random.Random, longest: int) -> list[str]:
        tokens: list[str] = []
        before, last = _START, _START
        while last not in _SENTENCE_ENDS and len(tokens) <= longest:
            leap = last in self._branching and draw.random() < _LEAP
            after = self._after_one[last] if leap else self._after_two[before, last]
            token = after[int(draw.random() * len(after))]
            # A leap may not end a sentence on `of` or 的: only what the corpus ended after two tokens ends here.
            if leap and token in _SENTENCE_ENDS and token not in self._after_two[before, last]:
                continue
            before, last = last, token
            tokens.append(token)
        return tokens

    def join(self, tokens: list[str], opening: str = "") -> str:
        """A sentence as running text after an `opening`: no space before marks, a capital first letter."""
        if self.language == "zh":
            return opening + "".join(tokens)
        text = opening + " ".join(tokens)
        for mark in ".,;:?":
            text = text.replace(f" {mark}", mark)
        return text[:1].upper() + text[1:]


@cache
def bundled_model(language: str) -> NgramModel:
    """The model of the corpus that comes with Longhand, in `en` or `zh`; built once, in some milliseconds."""
    corpus = Path(__file__).with_name(f"corpus_{language}.txt")
    return NgramModel(corpus.read_text(encoding="utf-8"), language)
