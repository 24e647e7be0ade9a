"""Preference pairs: which candidate of a prompt is chosen over which, and why a prompt makes no pair."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from longhand.preferences.candidates import NO_REWARD
from longhand.program.errors import LonghandError
from longhand.tables.files import Row

OUTCOME_MEANINGS = {
    "paired": "made pairs",
    "too_few": "too few responses",
    **{reason: f"too few candidates: {why}" for reason, why in NO_REWARD.items()},
    "identical_texts": "all texts are the same",
    "tie": "different texts, equal rewards",
    "small_margin": "margin too small",
}
"""What became of a prompt, in words. `identical_texts`: none that has a reward differs from the chosen one."""

_FIXES = {
    "no_text": "look at the responses' statuses",
    "no_required_length": "give the prompts lengths, or the reward `{length: 0, quality: 1}`",
    "no_length_score": "name a `length` rule that scores ranges (longen), or the reward `{length: 0, quality: 1}`",
    "no_statements": "judge them all the same, `long_reward: {no_statements: 0}`, or draw more samples",
    "no_quality_score": "raise the judge's attempts or max_tokens",
    "identical_texts": "draw samples at a higher temperature, with another seed each",
}


class PromptOutcome(NamedTuple):
    """What became of a prompt: a key of OUTCOME_MEANINGS, and its pairs as (chosen, rejected) candidates."""

    name: str
    pairs: list[tuple[Row, Row]]


def outcome_of(
    candidates: Sequence[Row], *, rejected: str, min_margin: float, min_candidates: int, most: int, seed: str
) -> PromptOutcome:
    """Pairs the best candidate of one prompt with others.

    The chosen one has the highest reward; of equals, the one that stands first. Rejected are candidates of another
    text whose reward is lower, by `min_margin` or more: `random` ones (LongWriter), or the `worst`, of equals the one
    that stands last (LongReward). Those without a reward take no part.

    Args:
        candidates: rows with `reward`, `no_reward` and `text_sha256`, in a fixed order.
        rejected: random or worst.
        min_margin: least difference of rewards, on 0-100.
        min_candidates: candidates with a reward that a prompt must have.
        most: pairs per prompt.
        seed: of the choice; the same whatever the other prompts are.
    """
    scored = sorted((row for row in candidates if row["no_reward"] is None), key=lambda row: -row["reward"])
    if len(scored) < min_candidates:
        return PromptOutcome(_lacking(candidates, min_candidates), [])
    best = scored[0]
    others = [row for row in scored if row["text_sha256"] != best["text_sha256"]]
    if not others:
        return PromptOutcome("identical_texts", [])
    lower = [row for row in others if row["reward"] < best["reward"]]
    if not lower:
        return PromptOutcome("tie", [])
    far = [row for row in lower if best["reward"] - row["reward"] >= min_margin]
    if not far:
        return PromptOutcome("small_margin", [])
    if rejected == "random":
        random.Random(hashlib.sha256(seed.encode()).digest()).shuffle(far)
    else:
        far.reverse()
    return PromptOutcome("paired", [(best, row) for row in far[:most]])


def _lacking(candidates: Sequence[Row], least: int) -> str:
    """What leaves a prompt with fewer than `least` candidates: the reason after which they are too few."""
    reasons, left = Counter(row["no_reward"] for row in candidates), len(candidates)
    for name, why in [("too_few", 0), *((name, reasons[name]) for name in NO_REWARD)]:
        left -= why
        if left < least:
            return name
    raise ValueError(f"{left} candidates have a reward, no fewer than {least}")


def require_pairs(outcomes: Counter[str], where: str) -> None:
    """Raises LonghandError with the counts by reason when no prompt made a pair: trainers choke on empty files."""
    if not outcomes["paired"]:
        counts = ", ".join(f"{outcomes[name]} {name}" for name in OUTCOME_MEANINGS if outcomes[name])
        most = max(outcomes, key=outcomes.__getitem__, default="")
        otherwise = (
            "draw more samples at a higher temperature, lower min_candidates or min_margin, or see scores.parquet"
        )
        what = f"not one of {outcomes.total()} prompts made a pair ({counts})"
        raise LonghandError(what, where, _FIXES.get(most, otherwise))
