"""AgentWrite: a plan, its sections one by one, each with all that stands before it, joined by blank lines.

Source: LongWriter. Equal calls have equal ids, so entries that write serially and in parallel share their plans.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

from longhand.methods.direct import answered_row, status_of, unanswered_row
from longhand.methods.section_remarks import OFF_LENGTH, SectionRemarks
from longhand.methods.writing_plan import Limits, PlannedSection, fault_in, read_plan, usual_plan
from longhand.tables.files import Row
from longhand.text.fill import fill
from longhand.text.requirement import aimed_at, requirement_of
from longhand.text.tokens import tokens_of_words
from longhand.wire.answer import Answer, totals
from longhand.wire.asker import Asker, Call, together
from longhand.wire.content import content_of
from longhand.wire.replies import Unanswered
from longhand.wire.request import smaller_answer

USUAL = 4000
"""Words of a text whose prompt requires no length, as far as a run is planned."""


class Missing(NamedTuple):
    """A plan or a section that did not come.

    Attributes:
        status: of a response, as which it did not come; or `rejected`.
        error: why.
        attempts: requests that were sent for it in vain; 0 where an answer came.
        answer: one without a text, which was paid for all the same.
    """

    status: str
    error: str
    attempts: int
    answer: Answer | None = None


class Method:
    """A call for the plan, again until it is sound, and one for each of its sections.

    Args:
        settings: the section `agentwrite` (parallel, max_sections, section_words, attempts), and `prompts`.
    """

    ROLES: ClassVar = {"writer": None, "planner": "agentwrite.plan_model"}
    SETTINGS: ClassVar = ("agentwrite",)
    PROMPTS: ClassVar = {"plan": ("instruction",), "write": ("instruction", "plan", "text", "step")}
    TRACED: ClassVar = True

    def __init__(self, settings: Mapping[str, Any]):
        chosen = settings["agentwrite"]
        self._parallel, self._attempts, self._prompts = chosen["parallel"], chosen["attempts"], settings["prompts"]
        self._limits = Limits(chosen["max_sections"], *chosen["section_words"])

    async def make(self, askers: Mapping[str, Asker], row: Row) -> list[Row]:
        """The response to one prompt, as one row of the responses table.

        Args:
            askers: `writer` and `planner`.
            row: a prompt, with the length that it requires, and which `sample` of its responses is wanted.
        """
        writer, plan_answers = askers["writer"], list[Answer]()
        plan = await self._planned(askers["planner"], row, plan_answers)
        if isinstance(plan, Missing):
            return [_without_text(row, writer, plan) | _sums(plan_answers, [plan])]
        write = self._in_parallel if self._parallel else self._one_by_one
        parts = await write(writer, row, plan)
        answers = [part for part in parts if isinstance(part, Answer)]
        if writer.keeps_remarks:
            _remark(writer, plan, parts)
        paid = [*plan_answers, *(answer for answer in map(_answer_of, parts) if answer is not None)]
        missing, sums = _missing(parts, len(plan)), _sums(paid, parts)
        if missing is not None and missing.status != "truncated":
            return [_without_text(row, writer, missing) | sums]
        made = answered_row(row, writer.identity.model, answers[-1]) | sums
        made["response"] = _joined(answers)
        return [made if missing is None else made | {"status": missing.status, "error": missing.error}]

    def imagine(self, call: Call, row: Row) -> str | None:
        """A plan that sums to the required length; sections as long as they shall be."""
        if call.step == "plan":
            return usual_plan(aimed_at(row) or USUAL, row["language"], self._limits)
        words = call.required or 0
        return "字" * words if row["language"] == "zh" else " ".join(["word"] * words)

    async def _planned(self, planner: Asker, row: Row, answers: list[Answer]) -> list[PlannedSection] | Missing:
        """The sections of the first sound plan. `answers` gets all that were asked for."""
        limits, template = self._limits, self._prompts["plan"][row["language"]]
        sizes = {"parts": limits.sections, "least": limits.least, "most": limits.most}
        question = _question(fill(template, instruction=content_of(row), **sizes))
        fault = None
        for attempt in range(self._attempts):
            try:
                answer = await planner.ask(question, draw=[row["sample"], attempt], step="plan", number=attempt)
            except Unanswered as e:
                return Missing(e.status, f"no plan: {e}", e.attempts)
            answers.append(answer)
            if (status := status_of(answer)) == "refused":
                planner.remark(answer, status)
                return Missing(status, "the server filtered the plan", 0)
            sections = read_plan(answer.text)
            cut = answer.finish_reason == "length"
            fault = fault_in(answer.text, sections, limits, requirement_of(row), cut=cut)
            if fault is None:
                return sections
            planner.remark(answer, "rejected", fault)
        return Missing("rejected", f"no plan in {self._attempts} tries: {fault}", 0)

    async def _one_by_one(self, writer: Asker, row: Row, plan: Sequence[PlannedSection]) -> list[Answer | Missing]:
        """The sections up to the first that is missing: what came after it would be thrown away."""
        parts = list[Answer | Missing]()
        answers = list[Answer]()
        for number in range(len(plan)):
            part = await self._section(writer, row, plan, number, _joined(answers))
            parts.append(part)
            if isinstance(part, Missing):
                break
            answers.append(part)
        return parts

    async def _in_parallel(self, writer: Asker, row: Row, plan: Sequence[PlannedSection]) -> list[Answer | Missing]:
        """All sections, none of which sees another."""
        return await together(self._section(writer, row, plan, number, "") for number in range(len(plan)))

    async def _section(
        self, writer: Asker, row: Row, plan: Sequence[PlannedSection], number: int, text: str
    ) -> Answer | Missing:
        """One section; `text` is what stands before it."""
        section = plan[number]
        lines = "\n".join(each.line for each in plan)
        template = self._prompts["write"][row["language"]]
        question = _question(fill(template, instruction=content_of(row), plan=lines, text=text, step=section.line))
        which, words = f"section {number + 1} of {len(plan)}", section.words
        extra = smaller_answer(writer.identity, question)
        if extra and min(extra.values()) < tokens_of_words(words / OFF_LENGTH, row["language"]):
            return Missing("too_long", f"{which} is missing: the context has no room for its {words} words", 0)
        try:
            # Equal lines are sections of their own, also where they see no text: each has its own draw.
            draw = [row["sample"], number]
            answer = await writer.ask(question, draw=draw, step="write", number=number, extra=extra, required=words)
        except Unanswered as e:
            return Missing(e.status, f"{which} is missing: {e}", e.attempts)
        if (status := status_of(answer)) in ("refused", "empty"):
            writer.remark(answer, status)
            return Missing(status, f"{which} is missing: {status}", 0, answer)
        return answer


def _question(content: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": content}]


def _answer_of(part: Answer | Missing) -> Answer | None:
    return part if isinstance(part, Answer) else part.answer


def _joined(answers: Sequence[Answer]) -> str:
    return "\n\n".join(answer.text.strip() for answer in answers)


def _missing(parts: Sequence[Answer | Missing], planned: int) -> Missing | None:
    """What becomes of a text with a section missing; None: none is.

    Args:
        parts: the sections that were asked for, in order.
        planned: sections of the plan.
    """
    gaps = [(number, part) for number, part in enumerate(parts) if isinstance(part, Missing)]
    if not gaps:
        return None
    number, first = gaps[0]
    if len(gaps) == len(parts):  # nothing came
        return first
    if number == planned - 1:
        return first._replace(status="truncated")
    if first.status == "too_long" and number == len(parts) - 1:  # no later one would fit either
        return first._replace(status="truncated")
    if failed := next((part for place, part in gaps if part.status == "failed" and place < planned - 1), None):
        return failed  # the server gave no answer: the next run asks it
    return first._replace(status="rejected")


def _without_text(row: Row, writer: Asker, missing: Missing) -> Row:
    return unanswered_row(row, writer.identity.model, missing.status, missing.error, missing.attempts)


def _sums(answers: Sequence[Answer], parts: Sequence[Answer | Missing]) -> Row:
    """Tokens, seconds and requests of all calls of a row."""
    in_vain = sum(part.attempts for part in parts if isinstance(part, Missing))
    return totals(answers) | {"attempts": in_vain + sum(answer.attempts for answer in answers)}


def _remark(writer: Asker, plan: Sequence[PlannedSection], parts: Sequence[Answer | Missing]) -> None:
    """Says what is wrong with the sections that came."""
    remarks = SectionRemarks()
    for section, part in zip(plan, parts, strict=False):
        if isinstance(part, Answer):
            cut = part.finish_reason == "length"
            if (wrong := remarks.of(part.text.strip(), section.words, cut=cut)) is not None:
                writer.remark(part, *wrong)
