"""Rewards for long contexts, to be read: which statement of an answer stands on which passage of the context."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from longhand.report.marks import Mark
from longhand.report.wording import clipped, seen
from longhand.tables.files import Row

PASSAGE, FACT = 720, 200
"""Characters that are shown of one: all of a passage of 128 tokens."""


@dataclass(frozen=True)
class SupportGrade:
    """How far the context supports a statement: `name` is that of its mark in the page."""

    name: str
    word: str


GRADES = {
    1.0: SupportGrade("full", "supported"),
    0.5: SupportGrade("half", "partly"),
    0.0: SupportGrade("none", "not supported"),
}


@dataclass(frozen=True)
class PassageShown:
    """A passage of a context: where it stands, in words; its beginning."""

    place: str
    text: str


@dataclass(frozen=True)
class StatementShown:
    """A statement of an answer; `grade` None where it has none, which `status` says why."""

    text: str
    grade: SupportGrade | None
    status: str
    passages: list[PassageShown]


@dataclass(frozen=True)
class AnswerShown:
    """One model's answer, statement by statement; `left_out` of them are not shown.

    Attributes:
        grades: by dimension, on 0-10; the status of one that is missing.
        reward: their mean; None where one is missing.
    """

    mark: Mark
    grades: dict[str, float | str]
    reward: float | None
    statements: list[StatementShown]
    left_out: int


@dataclass(frozen=True)
class ChunkShown:
    """What a judge took out of a part of a context; `left_out` of the facts are not shown."""

    place: str
    status: str
    facts: list[str]
    left_out: int


@dataclass(frozen=True)
class ContextShown:
    """A prompt with a context, what the judge took out of it, and what the answers say."""

    prompt: Row
    characters: int
    chunks: list[ChunkShown]
    chunks_left_out: int
    answers: list[AnswerShown]


def contexts_shown(
    prompts: Sequence[Row], contexts: Sequence[Row], answers: Sequence[Row], marks: Mapping[str, Mark]
) -> list[ContextShown]:
    """The shown prompts with the statements of each model's first answer, as one judge looked at them.

    Args:
        prompts: rows of SHOWN_PROMPTS, of one dataset.
        contexts, answers: rows of SHOWN_CONTEXTS and SHOWN_ANSWERS, of the dataset and one judge.
    """
    by_prompt = {row["prompt_id"]: row for row in contexts}
    shown = []
    for prompt in prompts:
        if context := by_prompt.get(prompt["prompt_id"]):
            characters, chunks = context["characters"], context["chunks"]
            of_prompt = [row for row in answers if row["prompt_id"] == prompt["prompt_id"]]
            read = [_answer(marks[row["model"]], row, characters) for row in of_prompt]
            parts = [_chunk(chunk, characters) for chunk in chunks]
            shown.append(ContextShown(prompt, characters, parts, context["n_chunks"] - len(chunks), read))
    return [each for each in shown if each.answers or each.chunks]


def _answer(mark: Mark, row: Row, characters: int) -> AnswerShown:
    grades = {each["dimension"]: each["status"] if each["score"] is None else each["score"] for each in row["grades"]}
    statements = [_statement(each, characters) for each in row["statements"]]
    return AnswerShown(mark, grades, row["reward"], statements, row["n_statements"] - len(statements))


def _statement(statement: Row, characters: int) -> StatementShown:
    passages = [
        PassageShown(_place(each["start"], each["end"], characters), clipped(seen(each["text"]), PASSAGE))
        for each in statement["passages"]
    ]
    return StatementShown(seen(statement["text"]), GRADES.get(statement["grade"]), statement["status"], passages)


def _chunk(chunk: Row, characters: int) -> ChunkShown:
    texts = [clipped(seen(fact), FACT) for fact in chunk["facts"]]
    place = _place(chunk["start"], chunk["end"], characters)
    return ChunkShown(place, chunk["status"], texts, chunk["n_facts"] - len(texts))


def _place(start: int, end: int, characters: int) -> str:
    """Where a part of a context stands: `characters 1,201–1,800, 12% of the way`."""
    share = f", {100 * start / characters:.0f}% of the way" if characters else ""
    return f"characters {start + 1:,}–{end:,}{share}"
