"""Prompts that are over a model's window, without their middle, as LongBench and LongReward ask them."""

from __future__ import annotations

import functools
import unicodedata

from longhand.text.chunks import loaded

_JOINER = "\u200d"


@functools.lru_cache(maxsize=4)  # samples of a prompt follow each other
def without_middle(text: str, most: int, tokenizer: str) -> tuple[str, int]:
    """The beginning and the end of a text, half of the tokens each. No character is broken.

    Args:
        text: what a model is asked.
        most: tokens that are left. A text with no more stays as it is.
        tokenizer: the path of a tokenizer.json.

    Returns:
        What is left, and how many tokens were cut out.

    Raises:
        LonghandError: the tokenizer cannot be read.
    """
    whole = text.encode("utf-8", "replace").decode()  # half a surrogate pair becomes one question mark
    offsets: list[tuple[int, int]] = loaded(tokenizer).encode(whole, add_special_tokens=False).offsets
    if len(offsets) <= most:
        return text, 0
    first, last = most // 2, len(offsets) - (most - most // 2)
    while first and not _parts(whole, offsets, first):
        first -= 1
    while last < len(offsets) and not _parts(whole, offsets, last):
        last += 1
    head = text[: offsets[first - 1][1]] if first else ""
    tail = text[offsets[last - 1][1] :] if last < len(offsets) else ""
    return head + tail, last - first


def _parts(text: str, offsets: list[tuple[int, int]], number: int) -> bool:
    """Whether a token begins with a new character: a rare one has several tokens, and some have marks of their own."""
    place = offsets[number][0]
    if place < offsets[number - 1][1]:
        return False
    return not unicodedata.category(text[place]).startswith("M") and _JOINER not in text[place - 1 : place + 1]
