"""Self-Lengthen's published filter of responses, in its two variants, by the names of their models.

They look alike and differ in every test: in the marks that may end a text, in what a token is and in how many make a
repeated run, and only one looks for words that speak of the text. Source: `check_response` of QwenLM/Self-Lengthen at
004e880, in qwen/ and llama/.
"""

from __future__ import annotations

import re
from typing import Literal

Variant = Literal["qwen", "llama"]

_MARKS = {"qwen": "。！？”)]}>）】’…`", "llama": ".!?,;:-\"')]}>`"}
"""What a text may end in. Three dots are in both published lists too, but only the last character is compared: so the
Qwen variant drops all that ends in a full stop, and LLaMA's what ends in Chinese."""
_STOPWORDS = ("revised", "revision", "response", "version", "paragraph")
_RUNS = {"qwen": 13, "llama": 10}  # tokens
_ASCII_RUN = re.compile("[\x00-\x7f]+|[^\x00-\x7f]")


def check_response(text: str, variant: Variant) -> str | None:
    """Why a response is dropped; None where it passes.

    Returns:
        The test that fails first: `punctuation` (the end), `stopword` (llama: one in the first two or last three lines,
        in lower case, also within a word), or `n_gram` (a run of tokens that stands there twice; qwen: 13 of single
        characters, a stretch of ASCII counting as one; llama: 10 of what white space parts).
    """
    text = text.rstrip()
    if not text or text[-1] not in _MARKS[variant]:
        return "punctuation"
    lines = text.split("\n")
    if variant == "llama" and any(word in line for line in lines[:2] + lines[-3:] for word in _STOPWORDS):
        return "stopword"
    tokens = _ASCII_RUN.findall(text) if variant == "qwen" else text.split()
    runs = list(zip(*(tokens[i:] for i in range(_RUNS[variant])), strict=False))
    return "n_gram" if len(set(runs)) < len(runs) else None
