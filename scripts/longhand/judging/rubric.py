"""Judging by a rubric: one question, one verdict with a score for each dimension."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from longhand.judging.judgement_row import judgement_row
from longhand.judging.reply_forms import analysis, response_format
from longhand.judging.verdicts import Verdict, read_verdict
from longhand.tables.files import Row
from longhand.text.fill import replace_marks
from longhand.wire.answer import Answer
from longhand.wire.asker import Asker, Call, together
from longhand.wire.content import content_of
from longhand.wire.replies import Unanswered


@dataclass(frozen=True)
class Rubric:
    """What a judge is asked and how its reply is read.

    Attributes:
        template: the question, with placeholders.
        placeholders: of `prompt`, `context`, `response` and `reference` in it.
        dimensions: name -> other names that a judge may use.
        scale: lowest and highest score.
        doubled_braces: `{{` and `}}` in the template stand for one brace each, as in Python's str.format.
    """

    template: str
    placeholders: Mapping[str, str]
    dimensions: Mapping[str, Sequence[str]]
    scale: tuple[float, float]
    doubled_braces: bool = False

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Rubric:
        """From what the file of the rule prepare_rubric holds."""
        low, high = settings["scale"]
        dimensions, doubled = dict(settings["dimensions"]), settings.get("doubled_braces", False)
        return cls(settings["template"], settings["placeholders"], dimensions, (low, high), doubled)

    def question(self, row: Row) -> str:
        """The template with a row's texts in it. One pass: a placeholder inside a text stays text."""
        texts = {mark: self._texts(row)[name] for name, mark in self.placeholders.items()}
        texts |= {"{{": "{", "}}": "}"} if self.doubled_braces else {}
        return replace_marks(self.template, texts)

    def read(self, reply: str, row: Row) -> Verdict:
        """What a reply to the question about a row says."""
        texts = list(self._texts(row).values())
        return read_verdict(reply, self.dimensions, self.scale, texts=texts, template=self.template)

    def _texts(self, row: Row) -> dict[str, str]:
        """What stands for what. Where the template has no place for a context, the prompt comes with its own, as the
        model was shown it."""
        texts = {name: row.get(name) or "" for name in ("prompt", "context", "response", "reference")}
        mark = self.placeholders.get("context")
        if texts["context"] and (mark is None or mark not in self.template):
            texts |= {"prompt": content_of(row), "context": ""}
        return texts

    def rescaled(self, score: float) -> float:
        """A score on 0-100."""
        low, high = self.scale
        return 100 * (score - low) / (high - low)

    def response_format(self, kind: str, *, bounded: bool) -> dict[str, Any]:
        """The request field that asks for structured output; empty for `text`.

        Args:
            kind: text, json_object or json_schema.
            bounded: limit the free text too (vLLM; not every API knows maxLength).
        """
        low, high = self.scale
        whole = low == int(low) and high == int(high)
        score = {"type": "integer" if whole else "number", "minimum": int(low) if whole else low}
        score["maximum"] = int(high) if whole else high
        properties = {"Analysis": analysis(bounded=bounded)} | dict.fromkeys(self.dimensions, score)
        return response_format(kind, "verdict", properties)


class Method:
    """Asks for `repeats` verdicts on a response, each until one of `attempts` replies can be read.

    Args:
        settings: repeats, attempts, and the `rubric` as prepare_rubric writes it.
    """

    ROLES: ClassVar = {"judge": None}
    SETTINGS: ClassVar = ("repeats", "attempts")
    PROMPTS: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    TRACED: ClassVar = False

    def __init__(self, settings: Mapping[str, Any]):
        self._repeats, self._attempts = settings["repeats"], settings["attempts"]
        self.rubric = Rubric.of(settings["rubric"])

    async def make(self, askers: Mapping[str, Asker], row: Row) -> list[Row]:
        """The verdicts on one response, as rows of the judgements table.

        Args:
            askers: `judge`.
            row: a response (prompt_id, sample, response) with its prompt, context and reference.
        """
        repeats, name = range(self._repeats), askers["judge"].name
        if row["response"] is None:
            return [part for repeat in repeats for part in _rows(row, name, repeat, self.rubric, "no_response")]
        question = self.rubric.question(row)
        verdicts = await together(self._verdict(askers["judge"], row, question, repeat) for repeat in repeats)
        return [part for rows in verdicts for part in rows]

    def imagine(self, call: Call, row: Row) -> str | None:
        """Nothing: the answer is the verdict."""
        return None

    async def _verdict(self, judge: Asker, row: Row, question: str, repeat: int) -> list[Row]:
        wanted = self.rubric.response_format(judge.identity.response_format, bounded=judge.identity.backend == "vllm")
        rows_of, messages = (
            partial(_rows, row, judge.name, repeat, self.rubric),
            [{"role": "user", "content": question}],
        )
        answers: list[Answer] = []
        for attempt in range(self._attempts):
            number = repeat * self._attempts + attempt
            try:
                draw = [repeat, attempt]
                answers.append(await judge.ask(messages, draw=draw, step="judge", number=number, extra=wanted))
            except Unanswered as e:
                return rows_of("refused" if e.status == "refused" else "failed", f"{e.status}: {e}", answers)
            if answers[-1].finish_reason in ("content_filter", "refusal"):
                return rows_of("refused", "the server filtered the verdict", answers)
            verdict = self.rubric.read(answers[-1].text, row)
            if verdict.status == "ok":
                break
        return rows_of(verdict.status, verdict.error, answers, verdict.scores)


def _rows(
    row: Row,
    name: str,
    repeat: int,
    rubric: Rubric,
    status: str,
    error: str | None = None,
    answers: Sequence[Answer] = (),
    scores: Mapping[str, float] | None = None,
) -> list[Row]:
    """One row per dimension. What the verdict cost stands on the first, so that sums are right."""
    rows = []
    for number, dimension in enumerate(rubric.dimensions):
        score = (scores or {}).get(dimension)
        score_100 = None if score is None else rubric.rescaled(score)
        paid = answers if number == 0 else ()
        rows.append(
            judgement_row(
                row,
                name,
                repeat,
                dimension,
                status,
                error,
                score=score,
                score_100=score_100,
                answers=answers,
                paid=paid,
            )
        )
    return rows
