"""Rewards for long contexts, to be read: which statement of an answer stands on which passage of the context."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import pyarrow.compute as pc

from longhand.judging.kinds import STATEMENT
from longhand.report.marks import Mark
from longhand.report.prompts import Prompts
from longhand.report.wording import clipped, opening, seen
from longhand.summary.inputs import Source, batches_of, rows_of
from longhand.tables.files import Row
from longhand.tables.schemas import FACTS, JUDGEMENTS, PROMPTS, TRACES

STATEMENTS, PASSAGES, CHUNKS, FACTS_EACH = 12, 5, 8, 5
"""How many are shown: of an answer, of a statement, of a context, of a chunk."""
PASSAGE, FACT = 720, 200
"""Characters that are shown of one: all of a passage of 128 tokens."""
_WORDS = 60  # of a statement

_OF_STATEMENTS = ["prompt_id", "sample", "repeat", "step", "number", "status", "part", "grade", "passages"]
_OF_CONTEXTS = ["prompt_id", "context"]
_OF_VERDICTS = ["prompt_id", "sample", "repeat", "dimension", "score", "status"]
_OF_FACTS = ["prompt_id", "chunk", "start", "end", "status", "facts"]


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


def count_statements(path: Path) -> Counter[str]:
    """The statements in a judge's traces by the name of their grade; those without one by their status."""
    counts: Counter[str] = Counter()
    for batch in batches_of(path, TRACES, ["step", "status", "part", "grade"]):
        findings = batch.filter(pc.and_(pc.equal(batch["step"], STATEMENT), pc.is_valid(batch["part"])))
        for row in findings.to_pylist():
            counts[grade.name if (grade := _grade(row)) else row["status"]] += 1
    return counts


def contexts_shown(
    prompts: Path,
    chosen: Prompts,
    verdicts: Mapping[str, Source],
    traces: Mapping[str, Source],
    facts: Path | None,
    marks: Mapping[str, Mark],
) -> list[ContextShown]:
    """The chosen prompts with the statements of each model's first answer, as one judge looked at them.

    Args:
        prompts: the dataset's table, which has the contexts.
        chosen: of them.
        verdicts, traces: by model: the judge's grades; its calls and findings.
        facts: the judge's table; None where there is none.
    """
    ids = {row["prompt_id"] for row in chosen.chosen}
    contexts = {row["prompt_id"]: row["context"] or "" for row in rows_of(prompts, PROMPTS, ids, _OF_CONTEXTS)}
    parts: dict[str, list[Row]] = {}
    for row in rows_of(facts, FACTS, ids, _OF_FACTS) if facts else ():
        parts.setdefault(row["prompt_id"], []).append(row)
    findings: dict[tuple[str, str], list[Row]] = {}
    for model, source in traces.items():
        for row in rows_of(source.path, TRACES, ids, _OF_STATEMENTS):
            if (row["sample"], row["repeat"], row["step"]) == (0, 0, STATEMENT) and row["part"] is not None:
                findings.setdefault((model, row["prompt_id"]), []).append(row)
    graded: dict[tuple[str, str], dict[str, float | str]] = {}
    for model, source in verdicts.items():
        for row in rows_of(source.path, JUDGEMENTS, ids, _OF_VERDICTS):
            if (row["sample"], row["repeat"]) == (0, 0) and row["status"] != "no_response":
                grade = row["status"] if row["score"] is None else row["score"]
                graded.setdefault((model, row["prompt_id"]), {})[row["dimension"]] = grade
    shown = []
    for prompt in chosen.chosen:
        key = prompt["prompt_id"]
        context, chunks = contexts.get(key, ""), parts.get(key, [])
        answers = [
            _answer(marks[model], graded[model, key], findings.get((model, key), []), context)
            for model in verdicts
            if (model, key) in graded
        ]
        chunks_shown = [_chunk(row, len(context)) for row in chunks[:CHUNKS]]
        shown.append(ContextShown(prompt, len(context), chunks_shown, max(len(chunks) - CHUNKS, 0), answers))
    return [each for each in shown if each.answers or each.chunks]


def _grade(row: Row) -> SupportGrade | None:
    return GRADES.get(row["grade"]) if row["status"] == "ok" else None


def _answer(mark: Mark, grades: dict[str, float | str], rows: Sequence[Row], context: str) -> AnswerShown:
    statements = [_statement(row, context) for row in rows[:STATEMENTS]]
    known = [grade for grade in grades.values() if not isinstance(grade, str)]
    reward = fmean(known) if len(known) == len(grades) else None
    return AnswerShown(mark, grades, reward, statements, max(len(rows) - STATEMENTS, 0))


def _statement(row: Row, context: str) -> StatementShown:
    ranges = [(each["start"], each["end"]) for each in (row["passages"] or [])[:PASSAGES]]
    passages = [_passage(context, start, end) for start, end in ranges if 0 <= start < end <= len(context)]
    return StatementShown(opening(seen(row["part"]), _WORDS, 10 * _WORDS), _grade(row), row["status"], passages)


def _passage(context: str, start: int, end: int) -> PassageShown:
    return PassageShown(
        _place(start, end, len(context)), clipped(seen(context[start : min(end, start + 4 * PASSAGE)]), PASSAGE)
    )


def _chunk(row: Row, characters: int) -> ChunkShown:
    facts = row["facts"] or []
    texts = [clipped(seen(fact[: 4 * FACT]), FACT) for fact in facts[:FACTS_EACH]]
    return ChunkShown(
        _place(row["start"], row["end"], characters), row["status"], texts, max(len(facts) - FACTS_EACH, 0)
    )


def _place(start: int, end: int, characters: int) -> str:
    """Where a part of a context stands: `characters 1,201–1,800, 12% of the way`."""
    share = f", {100 * start / characters:.0f}% of the way" if characters else ""
    return f"characters {start + 1:,}–{end:,}{share}"
