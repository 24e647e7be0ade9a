"""Writes a text anew that is too short, and goes on with an answer that has been begun."""

from __future__ import annotations

import re
from collections.abc import Sequence

from longhand.demo.bodies import Conversation
from longhand.demo.tasks.quoted import ANSWER, REQUEST, outside, quoted
from longhand.demo.tasks.section import part_of
from longhand.demo.writer import Writer, WritingTask, read_writing_task, topics_of
from longhand.text.language import language_of
from longhand.text.length import count_longbench_write

_GROWTH = (1.25, 1.75)
"""Words of an extension over those of its text."""
_SHRINKS, _SHRUNK = 0.05, 0.8
"""Share of extensions that are shorter than their text, and by how much."""
_TORN = 0.05
"""Share of continuations that end without a closing mark."""
_LEAST = 60
"""Words that a continuation has at least."""
_WANTS_MORE = re.compile(
    r"\b(?:longer|lengthen|extend|expand|twice as long)|更长|加长|扩写|扩充|扩展|增加篇幅|篇幅至少增加", re.I
)


def extend(writer: Writer, conversation: Conversation, key: Sequence[object], needed: int) -> str | None:
    """A longer text about the same; None where the question wants none."""
    if (task := _text_to_extend(conversation.task)) is None:
        return None
    draw = writer.draw("extend", *key)
    growth = _SHRUNK if draw.random() < _SHRINKS else draw.uniform(*_GROWTH)
    return writer.compose(task, min(task.words * growth, writer.limit(draw)), draw, needed)


def go_on(writer: Writer, conversation: Conversation, key: Sequence[object], needed: int) -> str | None:
    """What follows the opening of an answer, without the opening; None where there is none.

    The whole gets the length that the question asks for, as far as the writer's limit lets the rest grow.
    """
    question, opening = conversation.task, conversation.opening
    if not opening or not opening.strip():
        return None
    draw = writer.draw("go on", *key)
    if task := _text_to_extend(question):
        wanted = task.words * draw.uniform(*_GROWTH)
    else:
        task = part_of(question) or read_writing_task(question)
        wanted = writer.target(task.words, draw)
    left = max(wanted - count_longbench_write(opening), _LEAST)
    rest = writer.compose(task, min(left, writer.limit(draw)), draw, needed)
    if draw.random() < _TORN:
        rest = rest[:-1]
    return rest if opening[-1].isspace() else f"\n\n{rest}"


def _text_to_extend(question: str) -> WritingTask | None:
    """The text that a question wants longer, as a task of its length."""
    text = quoted(question, ANSWER)
    if not text or not quoted(question, REQUEST) or not _WANTS_MORE.search(outside(question, text)):
        return None
    language = language_of(text)
    return WritingTask(language, max(count_longbench_write(text), 1), topics_of(question, language))
