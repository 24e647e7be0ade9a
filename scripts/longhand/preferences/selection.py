"""Which responses are kept for supervised fine-tuning."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from longhand.preferences.candidates import NO_REWARD, has_text, no_length_score
from longhand.tables.files import Row
from longhand.text.check_response import check_response
from longhand.text.repetition import repeated_share


def dropped_for(text: str | None, score: Row, filters: Mapping[str, Any]) -> str | None:
    """Why a response is left out; None where it is kept.

    Args:
        text: of the response.
        score: its row of the scores table.
        filters: min_length_score, min_quality, max_repeated_share, check_response, truncated; what is not there is
            not asked.
    """
    if text is None or not has_text(text):
        return NO_REWARD["no_text"]
    if score["status"] == "truncated" and not filters.get("truncated", False):
        return "truncated"
    if "min_length_score" in filters and (lacking := no_length_score(score)) is not None:
        return NO_REWARD[lacking]
    if "min_quality" in filters and score["score_q"] is None:
        return NO_REWARD["no_quality_score"]
    for name, column in (("min_length_score", "score_l"), ("min_quality", "score_q")):
        if name in filters and score[column] < filters[name]:
            return f"{column} under {filters[name]:g}"
    if "max_repeated_share" in filters and repeated_share(text) > filters["max_repeated_share"]:
        return "repeats itself"
    if "check_response" in filters and (failed := check_response(text, filters["check_response"])) is not None:
        return f"check_response ({filters['check_response']}): {failed}"
    return None


def best_of_each(scores: Sequence[Row], most: int | None) -> list[Row]:
    """The best `most` rows of each prompt by the sum of S_L and S_Q, of equals the first; all rows without `most`."""
    by_prompt: dict[str, list[Row]] = defaultdict(list)
    for row in scores:
        by_prompt[row["prompt_id"]].append(row)
    for rows in by_prompt.values():
        rows.sort(key=lambda row: -((row["score_l"] or 0) + (row["score_q"] or 0)))
    return [row for rows in by_prompt.values() for row in rows[:most]]
