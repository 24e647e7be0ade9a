"""Token counts by estimate: for plans, and for the demo engine, which has no tokenizer."""

from __future__ import annotations

import math

from longhand.text.language import count

TOKENS_PER_WORD = 1.35
"""Of English, about what byte-pair tokenizers of some 100,000 tokens need."""
TOKENS_PER_CHARACTER = 0.75
"""Of Chinese, likewise."""

SLICE = 1_000_000
"""Characters counted at a time: one search over a whole 64 MB body would hold up every other request."""


def estimate_tokens(text: str) -> int:
    """Tokens that a usual tokenizer would make of `text`; 0 only where it has neither English words nor CJK."""
    slices = [count(text[start : start + SLICE]) for start in range(0, len(text), SLICE)]
    words, characters = sum(part.english_words for part in slices), sum(part.cjk for part in slices)
    return tokens_of_counts(words, characters)


def tokens_of_counts(words: int, characters: int) -> int:
    """Tokens of a text with so many English words and Chinese characters."""
    return math.ceil(TOKENS_PER_WORD * words + TOKENS_PER_CHARACTER * characters)


def tokens_of_words(words: float, language: str) -> float:
    """Tokens of a text of so many words (Chinese: characters)."""
    return words * (TOKENS_PER_CHARACTER if language == "zh" else TOKENS_PER_WORD)
