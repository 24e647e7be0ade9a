"""Preference pairs: which candidate of a prompt is chosen over which, and why a prompt makes no pair."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from longhand.errors import LonghandError
from longhand.tables import Row

REJECTED = ("random", "worst")
OUTCOMES = ("paired", "too_few", "unscored", "tie", "small_margin")
"""What became of a prompt: pairs; fewer candidates than wanted; or too few of them have a reward; all rewards equal; no
margin large enough."""


class Outcome(NamedTuple):
    """What became of a prompt's candidates: one of OUTCOMES, and the pairs as (chosen, rejected) candidates."""

    name: str
    pairs: list[tuple[Row, Row]]


def reward_of(row: Mapping[str, float | None], weights: Mapping[str, float]) -> float | None:
    """The weighted mean of `score_l` and `score_q` on 0-100; None where one that has a weight is missing.

    Args:
        row: score_l and score_q.
        weights: of `length` and `quality`; half and half is LongWriter's reward.
    """
    parts = [(weights[name], row[column]) for name, column in (("length", "score_l"), ("quality", "score_q"))]
    known = [(weight, value) for weight, value in parts if weight > 0]
    if any(value is None or value != value for _, value in known):
        return None
    return sum(weight * value for weight, value in known if value is not None) / sum(weight for weight, _ in known)


def outcome_of(
    candidates: Sequence[Row], *, rejected: str, min_margin: float, min_candidates: int, most: int, seed: str
) -> Outcome:
    """Pairs the best candidate of one prompt with others.

    The chosen one has the highest reward; of equals, the one that stands first. Rejected are candidates whose reward is
    lower, by `min_margin` or more: `random` ones (LongWriter), or the `worst`, of equals the one that stands last
    (LongReward). Unscored candidates take no part.

    Args:
        candidates: rows with `reward`, in a fixed order.
        rejected: random or worst.
        min_margin: least difference of rewards, on 0-100.
        min_candidates: scored candidates that a prompt must have.
        most: pairs per prompt.
        seed: of the choice; the same whatever the other prompts are.
    """
    scored = sorted((row for row in candidates if row["reward"] is not None), key=lambda row: -row["reward"])
    if len(scored) < min_candidates:
        return Outcome("too_few" if len(candidates) < min_candidates else "unscored", [])
    best = scored[0]
    lower = [row for row in scored if row["reward"] < best["reward"]]
    if not lower:
        return Outcome("tie", [])
    far = [row for row in lower if best["reward"] - row["reward"] >= min_margin]
    if not far:
        return Outcome("small_margin", [])
    if rejected == "random":
        random.Random(hashlib.sha256(seed.encode()).digest()).shuffle(far)
    else:
        far.reverse()
    return Outcome("paired", [(best, row) for row in far[:most]])


def by_prompt(candidates: Sequence[Row]) -> Iterator[tuple[str, list[Row]]]:
    """Candidates of each prompt; those of a prompt stand together."""
    for prompt_id, rows in groupby(candidates, key=lambda row: str(row["prompt_id"])):
        yield prompt_id, list(rows)


def require_pairs(outcomes: Counter[str], where: str) -> None:
    """Raises LonghandError with the counts by reason when no prompt made a pair: trainers choke on empty files."""
    if not outcomes["paired"]:
        counts = ", ".join(f"{outcomes[name]} {name}" for name in OUTCOMES[1:] if outcomes[name])
        raise LonghandError(
            f"not one of {outcomes.total()} prompts made a pair ({counts})",
            where,
            "draw more samples at a higher temperature, lower min_candidates or min_margin, or look at scores.parquet",
        )
