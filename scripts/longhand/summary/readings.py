"""A few texts that were made in many calls, call by call: the plan, then the sections one after another."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from longhand.summary.inputs import Source, rows_of
from longhand.summary.sections import PLAN
from longhand.tables.files import Row
from longhand.tables.schemas import TRACES
from longhand.tables.score_tables import SCORES
from longhand.text.opening import opening

FIRST_CALLS, LAST_CALLS = 18, 6
"""Calls of a text that are kept where it has more than both."""

_OF_CALLS = ["prompt_id", "sample", "step", "number", "status", "error", "required", "words", "text", "part"]
_WORDS = {PLAN: 400}
_OF_OTHERS = 60  # words of a call's text that are kept


def read_texts(prompt_ids: Collection[str], traces: Source, scores: Source) -> Iterator[tuple[Row, list[Row]]]:
    """A model's first texts to some prompts: the row of READ_TEXTS of each, and its rows of READ_CALLS."""
    calls: dict[str, list[Row]] = {}
    for row in rows_of(traces.path, TRACES, set(prompt_ids), _OF_CALLS):
        if row["sample"] == 0 and row["part"] is None:  # a finding is no call
            calls.setdefault(row["prompt_id"], []).append(_call(row))
    of_model = {"dataset": traces.dataset, "model": traces.model}
    for text in rows_of(scores.path, SCORES, set(prompt_ids), ["prompt_id", "sample", "status", "words"]):
        if text["sample"] == 0 and (of_text := calls.pop(text["prompt_id"], [])):  # once, whoever judges it
            key = of_model | {"prompt_id": text["prompt_id"]}
            numbered = [key | {"place": place} | call for place, call in enumerate(of_text)]
            left_out = max(len(of_text) - FIRST_CALLS - LAST_CALLS, 0)
            shown = [*numbered[:FIRST_CALLS], *numbered[-LAST_CALLS:]] if left_out else numbered
            about = {name: text[name] for name in ("status", "words")}
            yield key | about | {"calls": len(of_text), "left_out": left_out}, shown


def _call(row: Row) -> Row:
    """A call as it is kept; not with its whole text."""
    words = _WORDS.get(row["step"], _OF_OTHERS)
    kept = {name: row[name] for name in ("step", "number", "status", "error", "required", "words")}
    return kept | {"opening": opening(row["text"], words, 10 * words) if row["text"] else None}
