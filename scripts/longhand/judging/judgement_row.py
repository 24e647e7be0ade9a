"""A row of the judgements table."""

from __future__ import annotations

from collections.abc import Sequence

from longhand.tables.files import Row
from longhand.wire.answer import Answer, totals


def judgement_row(
    row: Row,
    judge: str,
    repeat: int,
    dimension: str,
    status: str,
    error: str | None = None,
    *,
    score: float | None = None,
    score_100: float | None = None,
    weight: float | None = None,
    words_cut: int | None = None,
    reason: str | None = None,
    answers: Sequence[Answer] = (),
    paid: Sequence[Answer] = (),
) -> Row:
    """What a judge says of a response in one dimension.

    Args:
        row: the response.
        judge: its name in the config.
        weight: of a criterion; null for a dimension.
        words_cut: of the response, that the judge was not shown; null where it was shown all.
        reason: for this score alone; what is said of all of them is in the reply.
        answers: that it was read from: the last is the reply.
        paid: whose cost stands on this row; each on one row only, so that sums are right.
    """
    last = answers[-1] if answers else None
    in_batches = totals([answer for answer in paid if answer.batch])
    return {
        "prompt_id": row["prompt_id"],
        "sample": row["sample"],
        "judge": judge,
        "repeat": repeat,
        "dimension": dimension,
        "weight": weight,
        "score": score,
        "score_100": score_100,
        "status": status,
        "error": error,
        "words_cut": words_cut,
        "reply": last.text if last else None,
        "reason": reason,
        "attempts": len(answers),
        **totals(paid),
        "batch_prompt_tokens": in_batches["prompt_tokens"],
        "batch_completion_tokens": in_batches["completion_tokens"],
        "requests": [answer.id for answer in paid],
        "reported_model": last.model if last else None,
        "server": last.server if last else None,
    }
