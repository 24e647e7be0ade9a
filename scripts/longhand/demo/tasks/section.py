"""Writes one part of a planned text: the one whose line of the plan the question repeats at its end."""

from __future__ import annotations

from collections.abc import Sequence

from longhand.demo.bodies import Conversation
from longhand.demo.tasks.plan_form import plan_lines
from longhand.demo.tasks.quoted import REQUEST, quoted
from longhand.demo.writer import DEFAULT_WORDS, Writer, WritingTask, topics_of
from longhand.text.language import language_of

_SHORT, _SHORT_SHARE = 0.03, 0.3
"""Share of parts that end early, and what they have of their length."""


def reply(writer: Writer, conversation: Conversation, key: Sequence[object], needed: int) -> str | None:
    """The text of a part, of about the length of its line; None where the question has no such line."""
    if (task := part_of(conversation.task)) is None:
        return None
    draw = writer.draw("section", *key)
    target = writer.target(task.words, draw) * (_SHORT_SHARE if draw.random() < _SHORT else 1)
    return writer.compose(task, target, draw, needed)


def part_of(question: str) -> WritingTask | None:
    """The part that a question wants written: its last plan line stands twice in it, in the plan and as the step."""
    lines = list(plan_lines(question))
    if not lines or sum(line.text == lines[-1].text for line in lines) < 2:
        return None
    step, language = lines[-1], language_of(question)
    named = topics_of(quoted(question, REQUEST, lines[0].start) or "", language)
    topics = [topic for topic in named if topic in step.point] or topics_of(step.point, language)
    return WritingTask(language, step.words or DEFAULT_WORDS, topics)
