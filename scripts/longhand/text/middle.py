"""Prompts that are over a model's window, without their middle, as LongBench and LongReward ask them."""

from __future__ import annotations

import functools

from longhand.text.chunks import Span, is_between_characters, token_spans


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
    spans = token_spans(text, tokenizer)
    if len(spans) <= most:
        return text, 0
    first, last = most // 2, len(spans) - (most - most // 2)
    while first and not _begins(text, spans, first):
        first -= 1
    while last < len(spans) and not _begins(text, spans, last):
        last += 1
    head = text[: spans[first - 1][1]] if first else ""
    tail = text[spans[last - 1][1] :] if last < len(spans) else ""
    return head + tail, last - first


def _begins(text: str, spans: list[Span], number: int) -> bool:
    """Whether a token begins with a new character: a rare one has several tokens, and some have marks of their own."""
    place = spans[number][0]
    return place >= spans[number - 1][1] and is_between_characters(text, place)
