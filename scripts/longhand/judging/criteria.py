"""Judging by the criteria of each prompt: all in one call, with one score for each, or a call for each.

A reply is read as a rubric's is: its dimensions are then the criteria, by number or by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from longhand.judging.attempts import Attempts, Question, Replies
from longhand.judging.criteria_form import Criterion, criteria_of, reply_form, shown_criteria, structured_reply
from longhand.judging.criteria_reply import read_criteria, reasons_in
from longhand.judging.judgement_row import judgement_row
from longhand.judging.readout import Readout
from longhand.judging.rubric import Rubric
from longhand.judging.template import template_of
from longhand.tables.files import Row
from longhand.wire.answer import Answer
from longhand.wire.asker import Asker, Call, together

Scores = Mapping[str, float]
"""Dimension (the number of a criterion) -> score."""


class Method:
    """Asks for `repeats` verdicts on a response by the criteria of its prompt, each until one of `attempts` replies can
    be read.

    Args:
        settings: repeats, attempts, `together` (None: as the rubric says), and the `rubric` as prepare_rubric writes
            it.
    """

    ROLES: ClassVar = {"judge": None}
    SETTINGS: ClassVar = ("repeats", "attempts", "together")
    PROMPTS: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    TRACED: ClassVar = False

    def __init__(self, settings: Mapping[str, Any]):
        rubric = settings["rubric"]
        chosen = settings.get("together")
        self.together: bool = rubric["criteria"]["together"] if chosen is None else chosen
        self._item: str | None = rubric["criteria"].get("item")
        self._rubric = replace(Rubric.of(rubric), template=template_of(rubric, together=self.together))
        self._repeats, self._attempts = settings["repeats"], Attempts(settings["attempts"])

    async def make(self, askers: Mapping[str, Asker], row: Row) -> list[Row]:
        """The verdicts on one response, as rows of the judgements table.

        Args:
            askers: `judge`.
            row: a response (prompt_id, sample, response) with its prompt and the criteria of that.

        Raises:
            LonghandError: the prompt has no criteria, or one that the rubric's scale does not fit.
        """
        rubric, judge = self._rubric, askers["judge"]
        criteria = criteria_of(row, rubric.values, rubric.scale)
        if row["response"] is None:
            nothing: Replies[Scores] = Replies(Readout("no_response"))
            return [
                part
                for repeat in range(self._repeats)
                for part in self._rows(row, judge.name, repeat, criteria, nothing, None)
            ]
        references = "\n\n".join([row.get("reference") or "", *(row.get("other_references") or ())])
        shown, words_cut = rubric.shown(row | {"reference": references})
        parts = [criteria] if self.together else [[each] for each in criteria]
        asked_for = [(repeat, part) for repeat in range(self._repeats) for part in parts]
        replies = await together(
            self._verdict(judge, shown, part, repeat, place) for place, (repeat, part) in enumerate(asked_for)
        )
        return [
            judgement
            for (repeat, part), each in zip(asked_for, replies, strict=True)
            for judgement in self._rows(row, judge.name, repeat, part, each, words_cut)
        ]

    def imagine(self, call: Call, row: Row) -> str | None:
        """Nothing: the answer is the verdict."""
        return None

    async def _verdict(
        self, judge: Asker, row: Row, criteria: Sequence[Criterion], repeat: int, place: int
    ) -> Replies[Scores]:
        """The scores of some criteria, from one reply; `place` among all verdicts on the response."""
        rubric, identity = self._rubric, judge.identity
        listed = shown_criteria(criteria, self._item, rubric.scale)
        form = reply_form(criteria, rubric.scale, together=self.together)
        structured = structured_reply(
            criteria,
            rubric.scale,
            identity.response_format,
            together=self.together,
            bounded=identity.backend == "vllm",
        )
        texts = [*rubric.texts(row).values(), listed]

        def read(answer: Answer) -> Readout[Scores]:
            verdict = read_criteria(answer.text, criteria, rubric.scale, texts, rubric.template)
            return Readout(verdict.status, verdict.scores if verdict.status == "ok" else None, verdict.error)

        text = rubric.question(row, criteria=listed, form=form)
        return await self._attempts.ask(judge, Question("judge", place, repeat, text, structured, read))

    def _rows(
        self,
        row: Row,
        name: str,
        repeat: int,
        criteria: Sequence[Criterion],
        replies: Replies[Scores],
        words_cut: int | None,
    ) -> list[Row]:
        """A row for each criterion of a reply. What it cost stands on the first, so that sums are right."""
        readout, scores, answers = replies.readout, replies.readout.value or {}, replies.answers
        reasons = reasons_in(answers[-1].text, criteria) if scores else {}
        return [
            judgement_row(
                row,
                name,
                repeat,
                each.dimension,
                readout.status,
                readout.error,
                score=(score := scores.get(each.dimension)),
                score_100=None if score is None else self._rubric.rescaled(score),
                weight=each.weight,
                words_cut=words_cut,
                reason=reasons.get(each.dimension),
                answers=answers,
                paid=answers if place == 0 else (),
            )
            for place, each in enumerate(criteria)
        ]
