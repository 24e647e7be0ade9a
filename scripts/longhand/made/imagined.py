"""What stands in a plan for responses that are not written yet: as long as they are expected to be."""

from __future__ import annotations

from collections.abc import Sequence

from longhand.tables.files import Row
from longhand.text.imagined import made_up, marked
from longhand.text.length import count_longbench_write
from longhand.text.requirement import aimed_at

_INSTRUCTION = 60
"""Words of an instruction that a model makes up."""
QUERY = 25
"""Words of a query that a model makes up."""
STATING = 8
"""Words that state a length."""
_GROWTH = 2
"""How many times as long as its context an extended text is taken to be: published rounds double it."""

_MOST = 50_000
"""Words of an imagined text at most: an instruction that a model makes up may ask for ten million."""


def imagined_text(prompt: Row, method: str, key: str, unstated: int, bounds: Sequence[int] | None = None) -> str:
    """The text that stands for a response that is not written yet; it is marked so.

    Args:
        prompt: its row.
        method: of the model that will write it.
        key: an id of the response, 64 hex digits: another one makes another text.
        unstated: words that are expected where a prompt states no length.
        bounds: least and most words of texts that are used at all; None: any. Texts that are expected to be outside
            are imagined anywhere between the two: those that will be used are.
    """
    words = _words(prompt, method, unstated)
    if bounds is not None and not bounds[0] <= words <= bounds[1]:
        words = bounds[0] + int(key[8:16], 16) / 2**32 * (bounds[1] - bounds[0])
    return marked(made_up(min(max(1, round(words)), _MOST), prompt["language"], int(key[:8], 16)), key)


def _words(prompt: Row, method: str, unstated: int) -> float:
    if method == "self-instruct":
        return _INSTRUCTION
    if method == "query":
        return QUERY
    if method == "restate":
        return count_longbench_write(prompt["prompt"]) + STATING
    if method == "extend":
        return _GROWTH * count_longbench_write(prompt["context"] or "")
    return aimed_at(prompt) or unstated
