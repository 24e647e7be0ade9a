"""What tokens cost."""

from __future__ import annotations

from collections.abc import Mapping

Price = Mapping[str, float] | None
"""USD per million tokens: input, output."""


def cost(price: Mapping[str, float], prompt_tokens: int, completion_tokens: int) -> float:
    """USD."""
    return (price["input"] * prompt_tokens + price["output"] * completion_tokens) / 1e6
