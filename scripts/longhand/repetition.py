"""Repetition: how much of a text was said before in it, and how much two texts share."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"[\u4e00-\u9fff\u3000-\u303f\uff00-\uffef]|[^\s\u4e00-\u9fff\u3000-\u303f\uff00-\uffef]+")
NGRAM = 13  # tokens; what Self-Lengthen's filter and LonGen look at


def tokens(text: str) -> list[str]:
    """Chinese characters and full-width marks, one each, and the pieces between white space."""
    return _TOKEN.findall(text)


def ngrams(text: str, n: int = NGRAM) -> list[int]:
    """Every run of `n` tokens, in order, as its hash (within this process)."""
    words = [hash(token) for token in tokens(text)]
    return [hash(run) for run in zip(*(words[i:] for i in range(n)), strict=False)]


def repeated_share(text: str, n: int = NGRAM) -> float:
    """The share of a text's runs of `n` tokens that stood in it before; 0 for a text that is shorter."""
    runs = ngrams(text, n)
    return 1 - len(set(runs)) / len(runs) if runs else 0.0


def overlap(one: str, other: str, n: int = NGRAM) -> float:
    """The share of the smaller text's distinct runs of `n` tokens that stand in the other text; 0 without any."""
    a, b = set(ngrams(one, n)), set(ngrams(other, n))
    return len(a & b) / min(len(a), len(b)) if a and b else 0.0
