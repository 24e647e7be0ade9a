"""Texts cut to a number of tokens, by estimate, since the demo engine has no tokenizer."""

from __future__ import annotations

import re

from longhand.text.tokens import TOKENS_PER_CHARACTER, TOKENS_PER_WORD, estimate_tokens

_PIECE = re.compile("\\b[a-zA-Z]+\\b|[\u4e00-\u9fff]")


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
