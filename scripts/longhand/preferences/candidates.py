"""Which responses may become chosen or rejected, what their rewards are, and why a response has none."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from longhand.program.errors import LonghandError
from longhand.tables.files import Row, read_table
from longhand.tables.schemas import NO_STATEMENTS
from longhand.tables.score_tables import SCORES

NO_REWARD = {
    "no_text": "no text",
    "no_required_length": "no length score: the prompt requires no length",
    "no_length_score": "no length score by the dataset's length rule",
    "no_statements": "no quality score: the text states nothing that could be held against its context",
    "no_quality_score": "no quality score: no verdict that could be read",
}
"""Why a response has no reward, in the order in which the reasons are looked for, in words."""


def rows_of_judge(scores: Path, judge: str | None, columns: list[str] | None = None) -> list[Row]:
    """One row per response of a scores table: those of the judge, or of the first one, since S_L is the same in all.

    Args:
        scores: the table.
        judge: whose S_Q counts; None where only S_L does.
        columns: that are read, `judge` among them; None: all.

    Raises:
        LonghandError: there are rows, but none of that judge.
    """
    rows = read_table(scores, SCORES, columns).to_pylist()
    wanted = judge if judge is not None or not rows else rows[0]["judge"]
    of_judge = [row for row in rows if row["judge"] == wanted]
    if rows and not of_judge:
        raise LonghandError(f"there are no verdicts of judge '{judge}'", str(scores))
    return of_judge


def has_text(text: str | None) -> bool:
    """Whether a response says anything; white space alone does not."""
    return bool(text and not text.isspace())


def text_digest(text: str | None) -> str | None:
    """What tells texts apart: equal for equal texts; None where there is none."""
    return hashlib.sha256(text.encode()).hexdigest() if text and has_text(text) else None


def no_length_score(score: Mapping[str, Any]) -> str | None:
    """Why a response with a text has no S_L: a key of NO_REWARD; None where it has one.

    Args:
        score: `score_l` and `required` of its row of the scores table.
    """
    if _known(score["score_l"]):
        return None
    return "no_length_score" if _known(score["required"]) else "no_required_length"


def no_reward(score: Mapping[str, Any], weights: Mapping[str, float], *, text: bool) -> str | None:
    """Why a response has no reward: a key of NO_REWARD; None where it has one.

    Args:
        score: `score_l`, `score_q`, `judge_status` and `required` of its row of the scores table.
        weights: of `length` and `quality`.
        text: whether it has a text. One that is not there is no candidate, whatever its S_L.
    """
    if not text:
        return "no_text"
    if weights["length"] > 0 and (reason := no_length_score(score)) is not None:
        return reason
    if weights["quality"] == 0 or _known(score["score_q"]):
        return None
    return NO_STATEMENTS if score["judge_status"] == NO_STATEMENTS else "no_quality_score"


def reward_of(row: Mapping[str, float | None], weights: Mapping[str, float]) -> float | None:
    """The weighted mean of `score_l` and `score_q` on 0-100; None where one that has a weight is missing.

    Args:
        row: score_l and score_q.
        weights: of `length` and `quality`; half and half is LongWriter's reward.
    """
    parts = [(weights[name], row[column]) for name, column in (("length", "score_l"), ("quality", "score_q"))]
    weighted = [(weight, value) for weight, value in parts if weight > 0]
    if not all(_known(value) for _, value in weighted):
        return None
    return sum(weight * value for weight, value in weighted if value is not None) / sum(
        weight for weight, _ in weighted
    )


def _known(value: float | None) -> bool:
    return value is not None and value == value
