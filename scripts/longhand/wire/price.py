"""What tokens cost."""

from __future__ import annotations

from collections.abc import Mapping

Price = Mapping[str, float] | None
"""USD per million tokens: input, output; what a batch takes may have prices of its own: batch_input, batch_output."""


def with_batch(price: Price, batch_price: Price) -> Price:
    """Both prices of an entry in one."""
    if price is None or batch_price is None:
        return price
    return {**price, **{f"batch_{name}": usd for name, usd in batch_price.items()}}


def cost(price: Mapping[str, float], prompt_tokens: int, completion_tokens: int, *, batch: bool = False) -> float:
    """USD. `batch`: of what came in batches; without prices of their own it costs as much as any other."""
    of_prompt, of_completion = price["input"], price["output"]
    if batch:
        of_prompt, of_completion = price.get("batch_input", of_prompt), price.get("batch_output", of_completion)
    return (of_prompt * prompt_tokens + of_completion * completion_tokens) / 1e6
