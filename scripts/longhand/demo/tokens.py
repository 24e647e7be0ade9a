"""Token counts by estimate, since the demo engine has no tokenizer."""

from __future__ import annotations

import math
import re

from longhand.language import count

TOKENS_PER_WORD = 1.35
"""Of English, about what byte-pair tokenizers of some 100,000 tokens need."""
TOKENS_PER_CHARACTER = 0.75
"""Of Chinese, likewise."""

_SLICE = 1_000_000
"""Characters counted at a time: one search over a whole 64 MB body would hold up every other request."""
_PIECE = re.compile("\\b[a-zA-Z]+\\b|[\u4e00-\u9fff]")


def estimate_tokens(text: str) -> int:
    """Tokens that a usual tokenizer would make of `text`; 0 only where it has neither English words nor CJK."""
    slices = [count(text[start : start + _SLICE]) for start in range(0, len(text), _SLICE)]
    words, characters = sum(part.english_words for part in slices), sum(part.cjk for part in slices)
    return math.ceil(TOKENS_PER_WORD * words + TOKENS_PER_CHARACTER * characters)


def cut_to_tokens(text: str, budget: int | None) -> tuple[str, int, bool]:
    """The longest beginning of `text` within a token budget (None: all of it), its tokens, and whether it was cut.

    A cut text uses all of its budget, as it does with a real model. Its first word or character always stays.
    """
    tokens = estimate_tokens(text)
    if budget is None or tokens <= budget:
        return text, tokens, False
    used = 0.0
    for match in _PIECE.finditer(text):
        used += TOKENS_PER_CHARACTER if match[0] >= "\u4e00" else TOKENS_PER_WORD
        if used > budget and match.start() > 0:
            return text[: match.start()].rstrip(), budget, True
    return text, budget, False
