"""A few texts that were made in many calls, to be read call by call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from longhand.report.marks import Mark
from longhand.report.page_tables import Page
from longhand.report.wording import seen
from longhand.summary.sections import PLAN, WRITE
from longhand.tables.files import Row

_LABELS = {PLAN: "Plan", WRITE: "Section {number}"}  # numbers from 1


@dataclass(frozen=True)
class CallShown:
    """One call: what it is for, and its row of READ_CALLS."""

    label: str
    row: Row


@dataclass(frozen=True)
class TextShown:
    """One model's text to a prompt, a row of READ_TEXTS: calls that are left out stand between first and last ones."""

    mark: Mark
    row: Row
    first: list[CallShown]
    last: list[CallShown]


@dataclass(frozen=True)
class Reading:
    """A prompt and how each model made its first text to it."""

    prompt: Row
    texts: list[TextShown]


def readings(page: Page, dataset: str, marks: Sequence[Mark]) -> list[Reading]:
    """The prompts of a dataset that are shown, with the calls for each model's first text."""
    texts = {(row["model"], row["prompt_id"]): row for row in page.summary("read_texts", dataset=dataset)}
    calls: dict[tuple[str, str], list[Row]] = {}
    for row in page.summary("read_calls", dataset=dataset):
        calls.setdefault((row["model"], row["prompt_id"]), []).append(row)
    shown = []
    for prompt in page.summary("shown_prompts", dataset=dataset):
        keys = [(mark, (mark.name, prompt["prompt_id"])) for mark in marks]
        read = [_text(mark, texts[key], calls[key]) for mark, key in keys if key in texts]
        shown.append(Reading(prompt, read))
    return [reading for reading in shown if reading.texts]


def _text(mark: Mark, text: Row, calls: Sequence[Row]) -> TextShown:
    shown = [CallShown(_label(call), call) for call in calls]
    gap = next((i for i, call in enumerate(calls) if call["place"] != i), len(calls))
    return TextShown(mark, text, shown[:gap], shown[gap:])


def _label(call: Row) -> str:
    label = _LABELS.get(call["step"], "{step} {number}")
    return label.format(step=seen(call["step"]), number=call["number"] + 1)
