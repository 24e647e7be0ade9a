"""What tokens cost."""

from __future__ import annotations

from collections.abc import Mapping

Price = Mapping[str, float] | None
"""USD per million tokens: input, output; what a batch takes may have prices of its own: batch_input, batch_output."""


TOKENS = ("prompt_tokens", "completion_tokens")
BATCH_TOKENS = ("batch_prompt_tokens", "batch_completion_tokens")
"""What `cost` counts, in its order: the columns of tables too. Those that came in batches are among the others."""


def with_batch(price: Price, batch_price: Price) -> Price:
    """Both prices of an entry in one."""
    if price is None or batch_price is None:
        return price
    return {**price, **{f"batch_{name}": usd for name, usd in batch_price.items()}}


def cost(
    price: Mapping[str, float],
    prompt_tokens: int,
    completion_tokens: int,
    batch_prompt_tokens: int = 0,
    batch_completion_tokens: int = 0,
) -> float:
    """USD. `batch_…`: those of the tokens that came in batches; without prices of their own they cost as others do."""
    of_prompt, of_completion = price["input"], price["output"]
    live = of_prompt * (prompt_tokens - batch_prompt_tokens)
    live += of_completion * (completion_tokens - batch_completion_tokens)
    in_batches = price.get("batch_input", of_prompt) * batch_prompt_tokens
    in_batches += price.get("batch_output", of_completion) * batch_completion_tokens
    return (live + in_batches) / 1e6
