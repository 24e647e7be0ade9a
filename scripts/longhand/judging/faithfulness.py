"""Faithfulness of an answer to its context: statements, the passages nearest to each, and whether these support it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from longhand.judging.attempts import Attempts, Question, Replies, unanswered
from longhand.judging.contexts import Context
from longhand.judging.grades import HIGHEST, read_support, read_supports
from longhand.judging.kinds import STATEMENT
from longhand.judging.listed import read_list
from longhand.judging.questions import BATCH, STATEMENTS, SUPPORT, Questions, form_of, numbered, passages_text
from longhand.judging.readout import Readout
from longhand.judging.retrieval import embedded_of
from longhand.judging.sampled import drawn, interval
from longhand.tables.files import Row
from longhand.tables.schemas import NO_STATEMENTS
from longhand.text.imagined import is_marked
from longhand.wire.answer import Answer
from longhand.wire.asker import Asker, Finding, together
from longhand.wire.replies import Unanswered

NOT_SAMPLED = "not_sampled"


@dataclass(frozen=True)
class Judgement:
    """A judgement in one dimension.

    Attributes:
        status, error: of the row.
        score: 0-10.
        answers: that it was read from.
        is_shared: the answers are those of other responses, too: what they cost stands on none.
        reply: where no single answer is the reply.
        findings: on parts of the response.
    """

    status: str
    error: str | None
    score: float | None
    answers: Sequence[Answer]
    is_shared: bool = False
    reply: str | None = None
    findings: Sequence[Finding] = ()


@dataclass(frozen=True)
class _Chosen:
    """Statements that are graded: their numbers among all, and the passages nearest to each."""

    numbers: Sequence[int]
    statements: Sequence[str]
    places: Sequence[Sequence[int]]


class Faithfulness:
    """Grades answers statement by statement.

    Args:
        settings: batch_statements, sample_statements, nearest, no_statements, reading, and the seed of the samples.
    """

    def __init__(self, settings: Mapping[str, Any], questions: Questions, attempts: Attempts):
        self._settings, self._questions, self._attempts = settings, questions, attempts

    async def grade(self, askers: Mapping[str, Asker], row: Row, context: Context, repeat: int) -> Judgement:
        """10 × the mean support of the statements; none where one of them was not graded.

        Args:
            askers: `judge`, and `embedder` where one retrieves.
        """
        listed = await self._statements(askers["judge"], row, repeat)
        readout, statements = listed.readout, listed.readout.value
        if statements is None:
            return Judgement(readout.status, readout.error, None, listed.answers)
        if not statements:
            return self._of_none(listed)
        most, seed = self._settings["sample_statements"], self._settings.get("seed", 0)
        numbers = drawn(len(statements), most, seed, row["prompt_id"], row["sample"], repeat)
        texts = [statements[number] for number in numbers]
        try:
            chosen = _Chosen(numbers, texts, await self._nearest(askers.get("embedder"), context, texts))
        except Unanswered as e:
            reason: Readout[float] = unanswered(e)
            findings = _findings(statements, {number: Replies(reason) for number in numbers}, {})
            return Judgement(reason.status, f"no vectors: {reason.error}", None, listed.answers, findings=findings)
        grade = self._together if self._settings["batch_statements"] else self._one_by_one
        supports = dict(
            zip(numbers, await grade(askers["judge"], row["language"], context, chosen, repeat), strict=True)
        )
        near = zip(numbers, chosen.places, strict=True)
        findings = _findings(statements, supports, {n: [context.passages[i] for i in places] for n, places in near})
        answers = _distinct([*listed.answers, *chain.from_iterable(replies.answers for replies in supports.values())])
        for number, replies in supports.items():
            if replies.readout.status != "ok":
                which = "" if self._settings["batch_statements"] else f"statement {number + 1} of {len(statements)}: "
                error = f"{which}{replies.readout.error}"
                return Judgement(
                    replies.readout.status, error, None, answers, reply=_summary(findings), findings=findings
                )
        grades = [replies.readout.value or 0.0 for replies in supports.values()]
        score = HIGHEST * sum(grades) / len(grades)
        return Judgement("ok", None, score, answers, reply=_summary(findings, grades), findings=findings)

    def _of_none(self, listed: Replies[tuple[str, ...]]) -> Judgement:
        score = self._settings["no_statements"]
        if score is None:
            return Judgement(NO_STATEMENTS, "the answer makes no statement of fact", None, listed.answers)
        return Judgement("ok", None, float(score), listed.answers)

    async def _statements(self, judge: Asker, row: Row, repeat: int) -> Replies[tuple[str, ...]]:
        texts = {"query": row["prompt"], "answer": row["response"]}

        def read(answer: Answer) -> Readout[tuple[str, ...]]:
            is_cut = answer.finish_reason == "length"
            return read_list(answer.text, "Statements", is_cut=is_cut, texts=list(texts.values()))

        text = self._questions.text(STATEMENTS, row["language"], judge.identity, **texts)
        form = form_of(STATEMENTS, judge.identity)
        return await self._attempts.ask(judge, Question(STATEMENTS, repeat, repeat, text, form, read))

    async def _nearest(self, embedder: Asker | None, context: Context, statements: Sequence[str]) -> list[list[int]]:
        """The passages nearest to each statement, in document order. Raises Unanswered."""
        most = self._settings["nearest"]
        if embedder is not None:
            return await embedded_of(embedder, context.passage_texts, context.vectors).nearest(statements, most)
        if any(is_marked(statement) for statement in statements):  # in the plan: only the lengths count
            return [list(range(min(most, len(context.passages)))) for _ in statements]
        return await context.bm25.nearest(statements, most)

    async def _one_by_one(
        self, judge: Asker, language: str, context: Context, chosen: _Chosen, repeat: int
    ) -> list[Replies[float]]:
        """A call for each statement."""
        identity, reading, form = judge.identity, self._settings["reading"], form_of(SUPPORT, judge.identity)

        def question(number: int, statement: str, near: Sequence[int]) -> Question[float]:
            texts = {"passages": passages_text(context, near, language), "statement": statement}
            text = self._questions.text(SUPPORT, language, identity, **texts)

            def read(answer: Answer) -> Readout[float]:
                return read_support(answer.text, reading, list(texts.values()))

            return Question(SUPPORT, number, repeat, text, form, read)

        each = zip(chosen.numbers, chosen.statements, chosen.places, strict=True)
        return await together(self._attempts.ask(judge, question(*one)) for one in each)

    async def _together(
        self, judge: Asker, language: str, context: Context, chosen: _Chosen, repeat: int
    ) -> list[Replies[float]]:
        """One call for all statements, which sees the nearest passages of each of them once."""
        reading, count = self._settings["reading"], len(chosen.numbers)
        near = sorted({*chain.from_iterable(chosen.places)})
        texts = {"passages": passages_text(context, near, language), "statements": numbered(chosen.statements)}

        def read(answer: Answer) -> Readout[tuple[float, ...]]:
            return read_supports(answer.text, count, reading, list(texts.values()))

        text = self._questions.text(BATCH, language, judge.identity, **texts)
        form = form_of(BATCH, judge.identity, count)
        replies = await self._attempts.ask(judge, Question(BATCH, repeat, repeat, text, form, read))
        readout = replies.readout
        values: Sequence[float | None] = readout.value or [None] * count
        return [Replies(Readout(readout.status, value, readout.error), replies.answers) for value in values]


def _findings(
    statements: Sequence[str],
    supports: Mapping[int, Replies[float]],
    ranges: Mapping[int, Sequence[tuple[int, int]]],
) -> list[Finding]:
    """One for each statement, in order.

    Args:
        supports: number -> what was said of it, of those that are graded; ranges: number -> its passages.
    """
    findings = []
    for number, statement in enumerate(statements):
        finding = Finding(STATEMENT, number, statement, NOT_SAMPLED, passages=ranges.get(number, ()))
        if (replies := supports.get(number)) is not None:
            answer, readout = replies.answers[-1] if replies.answers else None, replies.readout
            finding = replace(finding, status=readout.status, grade=readout.value, answer=answer)
        findings.append(finding)
    return findings


def _distinct(answers: Sequence[Answer]) -> list[Answer]:
    """Each answer once: equal statements share theirs."""
    return list({answer.id: answer for answer in answers}.values())


def _summary(findings: Sequence[Finding], grades: Sequence[float] = ()) -> str:
    """What a reader sees in place of a reply: the grade of each statement, and how sure a sample makes the mean."""
    lines = []
    if grades and len(grades) < len(findings):
        low, high = (HIGHEST * end for end in interval(grades, len(findings)))
        score = HIGHEST * sum(grades) / len(grades)
        drawn_ones = f"{len(grades)} of {len(findings)} statements were drawn and graded"
        lines.append(f"{drawn_ones}: faithfulness {score:.2f}, 95% interval {low:.2f} to {high:.2f}")
    for finding in findings:
        grade = finding.status if finding.grade is None else f"{finding.grade:g}"
        lines.append(f"{grade}: {finding.part}")
    return "\n".join(lines)
