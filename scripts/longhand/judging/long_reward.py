"""Judging answers to questions about a long context: four grades of 0-10, whose mean is the reward (LongReward)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, ClassVar

from longhand.judging.attempts import Attempts, Question, Replies
from longhand.judging.contexts import Context, Contexts
from longhand.judging.faithfulness import Faithfulness, Judgement
from longhand.judging.grades import HIGHEST, read_grade
from longhand.judging.judgement_row import judgement_row
from longhand.judging.kinds import DIMENSIONS, EMBED_PASSAGES, FACTS_STEP
from longhand.judging.listed import read_list
from longhand.judging.questions import PLACEHOLDERS, STATEMENTS, Questions, facts_text, form_of
from longhand.judging.readout import Readout
from longhand.judging.retrieval import EMBEDDING_STEPS, vectors_of
from longhand.tables.files import Row
from longhand.text.chunks import Span
from longhand.text.imagined import made_up
from longhand.text.language import language_of
from longhand.text.length import count_longbench_write
from longhand.text.requirement import aimed_at
from longhand.wire.answer import Answer
from longhand.wire.asker import Asker, Call, together

HELPFULNESS, LOGICALITY, FAITHFULNESS, COMPLETENESS = DIMENSIONS["long-reward"]

# What the plan takes for usual, in words (Chinese: characters): of a chunk's facts, an answer, a statement.
_FACTS, _FACT, _ANSWER, _STATEMENT = 120, 30, 200, 25


class Method:
    """Asks for helpfulness, logicality, faithfulness and completeness, each until a reply can be read.

    Args:
        settings: repeats, attempts, `long_reward` as in the schema (with the seed of samples), and `prompts`.
    """

    ROLES: ClassVar = {"judge": None, "embedder": "long_reward.retrieval"}
    SETTINGS: ClassVar = ("repeats", "attempts", "long_reward")
    PROMPTS: ClassVar = PLACEHOLDERS
    TRACED: ClassVar = True

    def __init__(self, settings: Mapping[str, Any]):
        chosen = settings["long_reward"]
        self._repeats, self._reading = settings["repeats"], chosen["reading"]
        self._contexts, self._questions = Contexts(chosen), Questions(settings["prompts"])
        self._attempts = Attempts(settings["attempts"], chosen["retry_temperature"], fits=True)
        self._faithfulness = Faithfulness(chosen, self._questions, self._attempts)

    async def make(self, askers: Mapping[str, Asker], row: Row) -> list[Row]:
        """The four judgements of one response, for each repeat, as rows of the judgements table.

        Args:
            askers: `judge`, and `embedder` where one retrieves.
            row: a response (prompt_id, sample, response) with its prompt, context and language.
        """
        judge, repeats = askers["judge"], range(self._repeats)
        if status := _not_judged(row):
            nothing = dict.fromkeys(DIMENSIONS["long-reward"], Judgement(*status, None, ()))
            return [part for repeat in repeats for part in _rows(row, judge.name, repeat, nothing)]
        context = self._contexts.of(row["context"])
        parts = await together(
            [
                self._completeness(judge, row, context),
                together(self._grades(askers, row, context, repeat) for repeat in repeats),
            ]
        )
        rows: list[Row] = []
        for repeat, (completeness, others) in enumerate(zip(*parts, strict=True)):
            rows += _rows(row, judge.name, repeat, completeness | others)
            for finding in others[FAITHFULNESS].findings:
                judge.note(replace(finding, repeat=repeat))
        return rows

    async def facts(self, judge: Asker, prompt: Row) -> list[tuple[Span, Replies[tuple[str, ...]]]]:
        """What each chunk of a prompt's context has on it, and the calls for it, which all responses share.

        Args:
            judge: who is asked.
            prompt: with its context.
        """
        context = self._contexts.of(prompt["context"])
        return [*zip(context.chunks, await self._facts_of(judge, prompt["prompt"], context), strict=True)]

    async def embed(self, embedder: Asker, prompt: Row) -> None:
        """Asks for the vectors of a context, which all responses to its prompt share. Raises Unanswered."""
        await vectors_of(embedder, self._contexts.of(prompt["context"]).passage_texts, EMBED_PASSAGES)

    async def _grades(
        self, askers: Mapping[str, Asker], row: Row, context: Context, repeat: int
    ) -> dict[str, Judgement]:
        """What needs no facts: dimension -> grade."""
        helpfulness, logicality, faithfulness = await together(
            [
                self._grade(askers["judge"], row, HELPFULNESS, repeat),
                self._grade(askers["judge"], row, LOGICALITY, repeat),
                self._faithfulness.grade(askers, row, context, repeat),
            ]
        )
        return {HELPFULNESS: helpfulness, LOGICALITY: logicality, FAITHFULNESS: faithfulness}

    async def _completeness(self, judge: Asker, row: Row, context: Context) -> list[dict[str, Judgement]]:
        """The grade of each repeat, against the facts of all chunks. Without all of them there is none."""
        repeats = range(self._repeats)
        facts = await self._known_facts(judge, row["prompt"], context)
        for number, replies in enumerate(facts, 1):
            if replies.readout.value is None:
                error = f"facts of part {number} of {len(facts)}: {replies.readout.error}"
                missing = Judgement(replies.readout.status, error, None, replies.answers, is_shared=True)
                return [{COMPLETENESS: missing} for _ in repeats]
        text = facts_text(context, [replies.readout.value or () for replies in facts], row["language"])
        grades = await together(self._grade(judge, row, COMPLETENESS, repeat, facts=text) for repeat in repeats)
        return [{COMPLETENESS: grade} for grade in grades]

    async def _known_facts(self, judge: Asker, query: str, context: Context) -> list[Replies[tuple[str, ...]]]:
        """What each chunk has on a question. All that is known of a context is not looked up for each answer."""
        if query in context.facts:
            return [Replies(Readout("ok", facts)) for facts in context.facts[query]]
        replies = await self._facts_of(judge, query, context)
        values = [each.readout.value for each in replies if each.readout.value is not None]
        if len(values) == len(replies):
            context.facts[query] = values
        return replies

    async def _facts_of(self, judge: Asker, query: str, context: Context) -> list[Replies[tuple[str, ...]]]:
        """What the judge says of each chunk: the same requests whatever the answer, so they are sent once."""

        def question(number: int) -> Question[tuple[str, ...]]:
            start, end = context.chunks[number]
            chunk = context.text[start:end]
            text = self._questions.text(FACTS_STEP, language_of(chunk), judge.identity, chunk=chunk, query=query)

            def read(answer: Answer) -> Readout[tuple[str, ...]]:
                return read_list(answer.text, "Facts", is_cut=answer.finish_reason == "length", texts=[chunk, query])

            return Question(FACTS_STEP, number, None, text, form_of(FACTS_STEP, judge.identity), read)

        numbers = range(len(context.chunks))
        return await together(self._attempts.ask(judge, question(number)) for number in numbers)

    async def _grade(self, judge: Asker, row: Row, step: str, repeat: int, **more: str) -> Judgement:
        """The grade of a step that has one call."""
        texts = {"query": row["prompt"], "answer": row["response"], **more}

        def read(answer: Answer) -> Readout[float]:
            return read_grade(answer.text, self._reading, list(texts.values()))

        text = self._questions.text(step, row["language"], judge.identity, **texts)
        form = form_of(step, judge.identity)
        replies: Replies[float] = await self._attempts.ask(judge, Question(step, repeat, repeat, text, form, read))
        readout = replies.readout
        return Judgement(readout.status, readout.error, readout.value, replies.answers)

    def imagine(self, call: Call, row: Row) -> str | None:
        """Facts as long as usual, statements as the answer's length has them, and a mark in place of vectors."""
        language = row["language"]
        if call.step == FACTS_STEP:
            return _lines(_FACTS // _FACT, _FACT, language, call.number)
        if call.step == STATEMENTS:
            # A response that is not written yet has no words.
            words = count_longbench_write(row["response"]) or aimed_at(row) or _ANSWER
            return _lines(max(1, round(words / _STATEMENT)), _STATEMENT, language, 0)
        return "-" if call.step in EMBEDDING_STEPS else None


def _not_judged(row: Row) -> tuple[str, str | None] | None:
    """The status and the error of a response that nothing is asked about; None for one that is judged."""
    if not (row["response"] or "").strip():
        return "no_response", None
    if not (row["context"] or "").strip():
        return "no_context", "the prompt has no context that the response could be held against"
    return None


def _rows(row: Row, judge: str, repeat: int, grades: Mapping[str, Judgement]) -> Iterable[Row]:
    """One row per dimension. What facts cost stands on none: all answers to a question share them."""
    for dimension in DIMENSIONS["long-reward"]:
        grade = grades[dimension]
        made = judgement_row(
            row,
            judge,
            repeat,
            dimension,
            grade.status,
            grade.error,
            score=grade.score,
            score_100=None if grade.score is None else 100 * grade.score / HIGHEST,
            answers=grade.answers,
            paid=() if grade.is_shared else grade.answers,
        )
        yield made if grade.reply is None else made | {"reply": grade.reply}


@lru_cache(maxsize=1024)  # a plan of many thousand answers needs few
def _lines(count: int, words: int, language: str, seed: int) -> str:
    """A list of made-up texts."""
    return "\n".join(f"- {made_up(words, language, seed * count + number)}" for number in range(count))
