"""A few prompts with the opening of each model's response: the same prompts for all models."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from longhand.summary.inputs import Source, rows_of
from longhand.tables.files import Row
from longhand.tables.schemas import RESPONSES
from longhand.tables.score_tables import SCORES
from longhand.text.opening import opening

_OF_SCORES = ["prompt_id", "sample", "judge", "words", "score_l", "score_q"]
_OF_RESPONSES = ["prompt_id", "sample", "status", "error", "response"]


def sample_rows(
    prompt_ids: Collection[str], responses: Source, scores: Source | None, judges: Collection[str]
) -> Iterator[tuple[Row, list[Row]]]:
    """A model's first responses to some prompts: the row of SAMPLES of each, and its rows of SAMPLE_SCORES.

    Args:
        judges: whose scores are shown.
    """
    first: dict[str, Row] = {}
    for row in rows_of(responses.path, RESPONSES, set(prompt_ids), _OF_RESPONSES):
        kept = first.setdefault(row["prompt_id"], row)
        if row["sample"] < kept["sample"]:
            first[row["prompt_id"]] = row
    scored: dict[tuple[str, int], list[Row]] = {}
    for row in rows_of(scores.path, SCORES, set(prompt_ids), _OF_SCORES) if scores else ():
        scored.setdefault((row["prompt_id"], row["sample"]), []).append(row)
    for prompt_id, row in first.items():
        key = {"dataset": responses.dataset, "model": responses.model, "prompt_id": prompt_id}
        of_response = scored.get((prompt_id, row["sample"]), [])
        lengths = of_response[0] if of_response else {"words": None, "score_l": None}
        about = {name: row[name] for name in ("sample", "status", "error")}
        about |= {name: lengths[name] for name in ("words", "score_l")}
        beginning = opening(row["response"]) if row["response"] else None
        judged = [key | {name: each[name] for name in ("judge", "score_q")} for each in of_response]
        yield key | about | {"opening": beginning}, [each for each in judged if each["judge"] in judges]
