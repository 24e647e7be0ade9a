"""A few texts that were made in many calls, to be read call by call: the plan, then the sections one after another."""

from __future__ import annotations

from dataclasses import dataclass

from longhand.report.marks import Mark
from longhand.report.prompts import Prompts
from longhand.report.sections import PLAN, WRITE
from longhand.report.wording import opening, seen
from longhand.summary.inputs import Source, rows_of
from longhand.tables.files import Row
from longhand.tables.schemas import TRACES
from longhand.tables.score_tables import SCORES

FIRST_CALLS, LAST_CALLS = 18, 6
"""Calls of a text that are shown where it has more than both."""

_OF_CALLS = ["prompt_id", "sample", "step", "number", "status", "error", "required", "words", "text", "part"]
_LABELS = {PLAN: "Plan", WRITE: "Section {number}"}  # numbers from 1
_WORDS = {PLAN: 400}
_OF_OTHERS = 60  # words of a call's text that are shown


@dataclass(frozen=True)
class CallShown:
    """One call: what it is for, its row without the text, the beginning of the text; empty where there is none."""

    label: str
    row: Row
    text: str


@dataclass(frozen=True)
class TextShown:
    """One model's text to a prompt; `left_out` of its calls stand between the first and the last ones.

    Attributes:
        status: of the text; `words` that it has.
    """

    mark: Mark
    status: str
    words: int
    first: list[CallShown]
    left_out: int
    last: list[CallShown]


@dataclass(frozen=True)
class Reading:
    """A prompt and how each model made its first text to it."""

    prompt: Row
    texts: list[TextShown]


def readings(
    prompts: Prompts, traces: dict[str, Source], scores: dict[str, Source], marks: dict[str, Mark]
) -> list[Reading]:
    """The chosen prompts with the calls for each model's first sample."""
    ids = {row["prompt_id"] for row in prompts.chosen}
    made: dict[tuple[str, str], TextShown] = {}
    for model, source in traces.items():
        calls: dict[str, list[CallShown]] = {}
        for row in rows_of(source.path, TRACES, ids, _OF_CALLS):
            if row["sample"] == 0 and row["part"] is None:  # a finding is no call
                calls.setdefault(row["prompt_id"], []).append(_shown(row))
        for text in rows_of(scores[model].path, SCORES, ids, ["prompt_id", "sample", "status", "words"]):
            if text["sample"] == 0 and (of_text := calls.get(text["prompt_id"])):
                made[model, text["prompt_id"]] = _text(marks[model], text, of_text)
    read = []
    for prompt in prompts.chosen:
        of_prompt = (made.get((model, prompt["prompt_id"])) for model in traces)
        read.append(Reading(prompt, [text for text in of_prompt if text]))
    return [reading for reading in read if reading.texts]


def _shown(row: Row) -> CallShown:
    """A call as it is shown; the whole text is not kept."""
    label = _LABELS.get(row["step"], "{step} {number}").format(step=seen(row["step"]), number=row["number"] + 1)
    text = opening(seen(row["text"]), words := _WORDS.get(row["step"], _OF_OTHERS), 10 * words) if row["text"] else ""
    return CallShown(label, {name: value for name, value in row.items() if name != "text"}, text)


def _text(mark: Mark, score: Row, calls: list[CallShown]) -> TextShown:
    left_out = max(len(calls) - FIRST_CALLS - LAST_CALLS, 0)
    first, last = (calls[:FIRST_CALLS], calls[-LAST_CALLS:]) if left_out else (calls, [])
    return TextShown(mark, score["status"], score["words"], first, left_out, last)
