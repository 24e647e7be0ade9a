"""Judging by a rubric: one question, one verdict with a score for each dimension.

Where a prompt has several references, there is a question for each, and the verdict is the highest.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from longhand.judging.attempts import Attempts, Question
from longhand.judging.criteria_form import score_schema
from longhand.judging.cut import Cut, cut_text
from longhand.judging.judgement_row import judgement_row
from longhand.judging.readout import Readout
from longhand.judging.reply_forms import analysis, response_format
from longhand.judging.template import mark_of
from longhand.judging.verdicts import Verdict, check_values, read_verdict
from longhand.tables.files import Row
from longhand.text.fill import fill, replace_marks
from longhand.wire.answer import Answer
from longhand.wire.asker import Asker, Call, together
from longhand.wire.content import content_of


@dataclass(frozen=True)
class Rubric:
    """What a judge is asked and how its reply is read.

    Attributes:
        template: the question, with placeholders.
        placeholders: of `prompt`, `context`, `response`, `reference` and `examples` in it; null for a context that the
            judge is not shown.
        dimensions: name -> other names that a judge may use; none where it has criteria.
        scale: lowest and highest score.
        values: the scores that are allowed; None: all numbers of the scale.
        cut: of the response; None: the judge is shown all of it.
        doubled_braces: `{{` and `}}` in the template stand for one brace each, as in Python's str.format.
        example: form of each answer that was scored before, with `{answer}` and `{score}`.
    """

    template: str
    placeholders: Mapping[str, str | None]
    dimensions: Mapping[str, Sequence[str]]
    scale: tuple[float, float]
    values: Sequence[float] | None = None
    cut: Cut | None = None
    doubled_braces: bool = False
    example: str | None = None

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Rubric:
        """From what the file of the rule prepare_rubric holds."""
        low, high = settings["scale"]
        cut = Cut(**settings["cut"]) if "cut" in settings else None
        return cls(
            settings["template"],
            settings["placeholders"],
            dict(settings.get("dimensions", ())),
            (low, high),
            settings.get("values"),
            cut,
            settings.get("doubled_braces", False),
            settings.get("example"),
        )

    def per_reference(self, row: Row) -> list[Row]:
        """The row once for each of its references, if the judge is shown any."""
        mark, others = self.placeholders.get("reference"), row.get("other_references")
        if not others or mark is None or mark not in self.template:
            return [row]
        return [row | {"reference": reference} for reference in (row["reference"], *others)]

    def shown(self, row: Row) -> tuple[Row, int | None]:
        """The row with the part of its response that the judge is shown, and how many words were cut off."""
        response, words_cut = cut_text(row["response"], self.cut)
        return row | {"response": response}, words_cut

    def question(self, row: Row, **more: str) -> str:
        """The template with a row's texts in it, and `more`. One pass: a placeholder inside a text stays text."""
        shown = self.texts(row)
        texts = {mark: shown[name] for name, mark in self.placeholders.items() if mark is not None and name in shown}
        texts |= {mark_of(self.placeholders, name): text for name, text in more.items()}
        if self.example is not None:
            texts[mark_of(self.placeholders, "examples")] = self._examples(self.example, row)
        texts |= {"{{": "{", "}}": "}"} if self.doubled_braces else {}
        return replace_marks(self.template, texts)

    def read(self, reply: str, row: Row) -> Verdict:
        """What a reply to the question about a row says.

        Scores of examples are no quotes: the same ones may be given.
        """
        texts = list(self.texts(row).values())
        verdict = read_verdict(reply, self.dimensions, self.scale, texts=texts, template=self.template)
        return check_values(verdict, dict.fromkeys(self.dimensions, self.values))

    def texts(self, row: Row) -> dict[str, str]:
        """What stands for what. Where the template has no place for a context, the prompt comes with its own, as the
        model was shown it, unless the rubric says that it is not shown."""
        texts = {name: row.get(name) or "" for name in ("prompt", "context", "response", "reference")}
        mark = self.placeholders.get("context", "")
        if mark is None:
            texts["context"] = ""
        elif texts["context"] and (not mark or mark not in self.template):
            texts |= {"prompt": content_of(row), "context": ""}
        return texts

    @staticmethod
    def _examples(form: str, row: Row) -> str:
        """The answers to the row's prompt that were scored before."""
        scored = row.get("examples") or []
        return "\n\n".join(fill(form.strip(), answer=each["answer"], score=f"{each['score']:g}") for each in scored)

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
        score = score_schema(self.values, self.scale)
        properties = {"Analysis": analysis(bounded=bounded)} | dict.fromkeys(self.dimensions, score)
        return response_format(kind, "verdict", properties)


@dataclass(frozen=True)
class _Outcome:
    """What came of asking for a verdict; `answers` holds all that were asked for it, the last one read."""

    status: str
    error: str | None
    answers: Sequence[Answer]
    scores: Mapping[str, float]


class Method:
    """Asks for `repeats` verdicts on a response, each until one of `attempts` replies can be read; of a prompt with
    several references once for each.

    Args:
        settings: repeats, attempts, and the `rubric` as prepare_rubric writes it.
    """

    ROLES: ClassVar = {"judge": None}
    SETTINGS: ClassVar = ("repeats", "attempts")
    PROMPTS: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    TRACED: ClassVar = False

    def __init__(self, settings: Mapping[str, Any]):
        self._repeats, self._attempts = settings["repeats"], Attempts(settings["attempts"])
        self.rubric = Rubric.of(settings["rubric"])

    async def make(self, askers: Mapping[str, Asker], row: Row) -> list[Row]:
        """The verdicts on one response, as rows of the judgements table.

        Args:
            askers: `judge`.
            row: a response (prompt_id, sample, response) with its prompt, context and reference.
        """
        repeats, name = range(self._repeats), askers["judge"].name
        if row["response"] is None:
            nothing = _Outcome("no_response", None, (), {})
            return [part for repeat in repeats for part in _rows(row, name, repeat, self.rubric, nothing)]
        shown, words_cut = self.rubric.shown(row)
        outcomes = await together(self._highest(askers["judge"], shown, repeat) for repeat in repeats)
        return [
            part
            for repeat, each in enumerate(outcomes)
            for part in _rows(row, name, repeat, self.rubric, each, words_cut)
        ]

    def imagine(self, call: Call, row: Row) -> str | None:
        """Nothing: the answer is the verdict."""
        return None

    async def _highest(self, judge: Asker, row: Row, repeat: int) -> _Outcome:
        """The verdict with the highest scores of those on each reference.

        One that cannot be read could have been the highest: then there is none, unless another is at the top of the
        scale.
        """
        rows = self.rubric.per_reference(row)
        first = repeat * len(rows)
        outcomes = await together(
            self._verdict(judge, each, repeat, first + number) for number, each in enumerate(rows)
        )
        read = [each for each in outcomes if each.status == "ok"]
        highest = max(read, key=lambda each: sum(each.scores.values()), default=outcomes[0])
        unread = [number for number, each in enumerate(outcomes) if each.status != "ok"]
        if len(rows) == 1 or not unread or min(highest.scores.values(), default=-math.inf) == self.rubric.scale[1]:
            chosen, error = highest, highest.error
        else:
            chosen = outcomes[unread[0]]
            error = f"reference {unread[0] + 1} of {len(rows)}: {chosen.error}"
        others = [answer for each in outcomes if each is not chosen for answer in each.answers]
        return replace(chosen, error=error, answers=[*others, *chosen.answers])

    async def _verdict(self, judge: Asker, row: Row, repeat: int, place: int) -> _Outcome:
        """The verdict on a response, held against one reference; `place` among all verdicts on it."""
        wanted = self.rubric.response_format(judge.identity.response_format, bounded=judge.identity.backend == "vllm")

        def read(answer: Answer) -> Readout[Mapping[str, float]]:
            verdict = self.rubric.read(answer.text, row)
            return Readout(verdict.status, verdict.scores if verdict.status == "ok" else None, verdict.error)

        question = Question("judge", place, repeat, self.rubric.question(row), wanted, read)
        replies = await self._attempts.ask(judge, question)
        readout = replies.readout
        return _Outcome(readout.status, readout.error, replies.answers, readout.value or {})


def _rows(
    row: Row, name: str, repeat: int, rubric: Rubric, outcome: _Outcome, words_cut: int | None = None
) -> list[Row]:
    """One row per dimension. What the verdict cost stands on the first, so that sums are right."""
    rows, answers = [], outcome.answers
    for number, dimension in enumerate(rubric.dimensions):
        score = outcome.scores.get(dimension)
        rows.append(
            judgement_row(
                row,
                name,
                repeat,
                dimension,
                outcome.status,
                outcome.error,
                score=score,
                score_100=None if score is None else rubric.rescaled(score),
                words_cut=words_cut,
                answers=answers,
                paid=answers if number == 0 else (),
            )
        )
    return rows
