"""Tokens and costs of rows of scores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from longhand.results.scores import KEYS
from longhand.tables.files import Row
from longhand.wire.price import BATCH_TOKENS, TOKENS, Price, cost


def spent(rows: pd.DataFrame, price: Price, judge_price: Price, helpers: Sequence[tuple[Price, pd.DataFrame]]) -> Row:
    """Tokens and USD for responses and verdicts; None where nothing is known.

    Args:
        rows: of scores, of one judge.
        price, judge_price: None: no cost is given.
        helpers: calls of these responses that other entries answered, with the price of each.
    """
    row: dict[str, Any] = {}
    for prefix, column, chosen in (("", "cost", price), ("judge_", "judge_cost", judge_price)):
        tokens_in, tokens_out = (_sum(rows[prefix + name]) for name in TOKENS)
        row |= {f"{prefix}prompt_tokens": tokens_in, f"{prefix}completion_tokens": tokens_out, column: None}
        if chosen is not None and tokens_in is not None and tokens_out is not None:
            in_batches = [_sum(rows[prefix + name]) or 0 for name in BATCH_TOKENS] if prefix else []
            row[column] = cost(chosen, tokens_in, tokens_out, *in_batches)
    for other, calls in helpers:
        if price is not None and row["cost"] is not None:
            calls_for_rows = calls.merge(rows[KEYS], on=KEYS)
            tokens = [_sum(calls_for_rows[name]) or 0 for name in TOKENS]
            row["cost"] = None if other is None else row["cost"] - cost(price, *tokens) + cost(other, *tokens)
    return row


def shared(rows: pd.DataFrame, calls: pd.DataFrame | None, price: Price) -> Row:
    """What calls took that are shared by all responses to the prompts of these rows."""
    row: Row = dict.fromkeys(("judge_shared_prompt_tokens", "judge_shared_completion_tokens", "judge_shared_cost"))
    if calls is None:
        return row
    of_prompts = calls[calls["prompt_id"].isin(rows["prompt_id"])]
    tokens_in, tokens_out = (_sum(of_prompts[name]) for name in TOKENS)
    row |= {"judge_shared_prompt_tokens": tokens_in, "judge_shared_completion_tokens": tokens_out}
    if price is not None and tokens_in is not None and tokens_out is not None:
        row["judge_shared_cost"] = cost(price, tokens_in, tokens_out)
    return row


def _sum(counts: pd.Series) -> int | None:
    known = counts.dropna()
    return int(known.sum()) if len(known) else None
