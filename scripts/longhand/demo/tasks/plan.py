"""Plans a text: a line for each part, in the form that the question shows."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Sequence

from longhand.demo.bodies import Conversation
from longhand.demo.ngram import bundled_model
from longhand.demo.requested import requested_words
from longhand.demo.tasks.plan_form import PlanLine, plan_lines
from longhand.demo.tasks.quoted import REQUEST, outside, quoted
from longhand.demo.writer import Writer, topics_of
from longhand.text.language import language_of

PLANNED_WORDS = 1500
"""The length of a planned text whose instruction states none."""
_PART_WORDS = (200, 1000)
"""Least and most words of a part, where the question names none."""
_SHARE = (0.4, 0.8)
"""How long parts are on average, as a share of the most that is allowed."""
_WRONG_SUM, _GREETING = 0.08, 0.08
"""Shares of plans whose counts miss the length, and that begin with a greeting."""
_WRONG = (0.4, 0.6)
"""What such counts add up to, as a share of the length."""

_RANGE = re.compile(
    r"(?:between|from)\s(\d{1,3}(?:,\d{3})?|\d{1,6})\s(?:and|to)\s(\d{1,3}(?:,\d{3})|\d{1,6})\b"
    r"|(\d{1,6})\s?[到至~–-]\s?(\d{1,6})\s?(?:字|words|之间|之內|个)",
    re.I,
)
_MOST_PARTS = re.compile(
    r"(?:at most|no more than|up to)\s(\d{1,4})\s(?:parts|lines|paragraphs|sections)|最多(\d{1,4})"
)
_WANTS_PLAN = re.compile(r"[^\n]{0,80}(?:\bplan\b|\boutline\b|计划|大纲|提纲)[^\n]{0,80}[:：]", re.I)
_GREETINGS = {
    "en": "Here is a plan for the whole text, part by part:",
    "zh": "好的，下面是全文的写作计划：",
}


def reply(writer: Writer, conversation: Conversation, key: Sequence[object], needed: int) -> str | None:
    """A plan; None where the question wants none."""
    question = conversation.task
    lines = list(plan_lines(question))
    if not _wants_plan(question, lines):
        return None
    instruction = _instruction(question, lines)
    language, draw = language_of(instruction), writer.draw("plan", *key)
    least, most, parts = _limits(outside(question, instruction))
    total = requested_words(instruction) or PLANNED_WORDS
    if draw.random() < _WRONG_SUM:
        total = round(total * draw.uniform(*_WRONG))
    greeting = [_GREETINGS[language], ""] if draw.random() < _GREETING else []
    topics = topics_of(instruction, language)
    points = (_point(topics, language, draw) for _ in range(parts))
    planned = zip(_counts(total, least, most, parts, draw), points, strict=False)
    return "\n".join([*greeting, *(lines[0].filled(i, point, words) for i, (words, point) in enumerate(planned, 1))])


def _wants_plan(question: str, lines: Sequence[PlanLine]) -> bool:
    """Whether the lines of a question are examples of what it wants; a writing prompt may have an outline in them."""
    if not lines or max(Counter(line.text for line in lines).values()) > 1:
        return False
    if any(line.is_form for line in lines) or len({line.point for line in lines}) < len(lines):
        return True
    return _WANTS_PLAN.fullmatch(question.strip().rpartition("\n")[2]) is not None


def _instruction(question: str, lines: Sequence[PlanLine]) -> str:
    """What stands under its label behind the examples, else before them; else all but the examples."""
    quotation = quoted(question[lines[-1].end :], REQUEST) or quoted(question, REQUEST, lines[0].start)
    if not quotation:
        quotation = question
        for line in lines:
            quotation = quotation.replace(line.text, "")
    return quotation


def _limits(text: str) -> tuple[int, int, int]:
    """Least and most words of a part, and most parts."""
    match, parts = _RANGE.search(text), _MOST_PARTS.search(text)
    numbers = [int(number.replace(",", "")) for number in match.groups() if number] if match else _PART_WORDS
    least, most = sorted(max(number, 1) for number in numbers)
    return least, most, max(int(parts[1] or parts[2]), 1) if parts else 1000


def _counts(total: int, least: int, most: int, parts: int, draw: random.Random) -> list[int]:
    """Words of each part, which add up to `total` as far as their limits allow."""
    if total < 2 * least:
        return [total]
    number = max(round(total / (draw.uniform(*_SHARE) * most)), -(-total // most), 1)
    number = min(number, total // least, parts)
    weights = [draw.uniform(0.7, 1.3) for _ in range(number)]
    counts, left = [], total
    for i, weight in enumerate(weights):
        rest = number - i - 1
        share = round(left * weight / sum(weights[i:]) / 10) * 10 if rest else left
        counts.append(min(max(share, least, left - rest * most), most, max(left - rest * least, least)))
        left -= counts[-1]
    return counts


def _point(topics: Sequence[str], language: str, draw: random.Random) -> str:
    """A main point: a topic of the instruction, if it has any, and what n-grams make of it."""
    model = bundled_model(language)
    sentence = model.join(model.sentence(draw)).rstrip(".?。？")
    if not topics:
        return sentence
    topic = topics[int(draw.random() * len(topics))]
    return f"{topic}; {sentence[:1].lower()}{sentence[1:]}" if language == "en" else f"{topic}；{sentence}"
