"""The questions of LongReward: templates filled in one pass, and the forms of structured replies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from longhand.judging.contexts import Context
from longhand.judging.grades import HIGHEST, LOWEST, SUPPORT_WORDS
from longhand.judging.kinds import FACTS_STEP
from longhand.judging.reply_forms import PLAIN, analysis, list_of, response_format, string_of
from longhand.text.fill import fill
from longhand.wire.identity import Identity

STATEMENTS, SUPPORT, BATCH = "statements", "support", "supports"
GRADES = ("helpfulness", "logicality", "completeness")
"""Steps that end in a grade."""
PLACEHOLDERS: Mapping[str, tuple[str, ...]] = {
    FACTS_STEP: ("chunk", "query"),
    "helpfulness": ("query", "answer"),
    "logicality": ("query", "answer"),
    "completeness": ("facts", "query", "answer"),
    STATEMENTS: ("query", "answer"),
    SUPPORT: ("passages", "statement"),
    BATCH: ("passages", "statements"),
    "json": ("form",),
}
"""Template -> the placeholders that it must have. `json` is added where a structured reply is asked for."""

_ANY_SUPPORT = " | ".join(f'"{name}"' for name in SUPPORT_WORDS)
_FORMS = dict.fromkeys(GRADES, f'{{"Analysis": "…", "Grade": {LOWEST}-{HIGHEST}}}') | {
    FACTS_STEP: '{"Facts": ["…", "…"]}',
    STATEMENTS: '{"Statements": ["…", "…"]}',
    SUPPORT: f'{{"Analysis": "…", "Support": {_ANY_SUPPORT}}}',
    BATCH: f'{{"Supports": [{_ANY_SUPPORT}, …]}}',
}
_MOST_ITEMS, _LONGEST_ITEM = 64, 400  # of a guided list (vLLM): random weights would go on to max_tokens
_WORDS = {
    "en": {
        "part": "[The document from {start}% to {end}%]",
        "nothing": "Nothing on the question.",
        "passage": "Passage",
    },
    "zh": {"part": "[文档{start}%至{end}%的部分]", "nothing": "没有与问题有关的内容。", "passage": "段落"},
}


class Questions:
    """Fills templates.

    Args:
        templates: step -> language -> text.
    """

    def __init__(self, templates: Mapping[str, Mapping[str, str]]):
        self._templates = templates

    def text(self, step: str, language: str, identity: Identity, **texts: str) -> str:
        """The question of a step; marks inside the texts stay text."""
        template = self._templates[step][language]
        if identity.response_format == PLAIN:
            return fill(template, **texts)
        return fill(f"{template}\n\n{self._templates['json'][language]}", form=_FORMS[step], **texts)


def form_of(step: str, identity: Identity, count: int | None = None) -> dict[str, Any]:
    """The request fields that ask for a structured reply.

    Args:
        count: of the statements that all are graded in one reply.
    """
    bounded = identity.backend == "vllm"
    items = list_of(string_of(_LONGEST_ITEM if bounded else None), None, _MOST_ITEMS if bounded else None)
    grade = {"type": "integer", "minimum": LOWEST, "maximum": HIGHEST}
    support = {"type": "string", "enum": list(SUPPORT_WORDS)}
    properties: dict[str, Any] = {
        FACTS_STEP: {"Facts": items},
        STATEMENTS: {"Statements": items},
        SUPPORT: {"Analysis": analysis(bounded=bounded), "Support": support},
        BATCH: {"Supports": list_of(support, *((count, count) if bounded else (None, None)))},
    }.get(step, {"Analysis": analysis(bounded=bounded), "Grade": grade})
    return response_format(identity.response_format, step, properties)


def facts_text(context: Context, facts: Sequence[Sequence[str]], language: str) -> str:
    """What each chunk of a context has on the question; one without anything says so."""
    words, length = _WORDS[language], len(context.text)
    parts = []
    for (start, end), of_chunk in zip(context.chunks, facts, strict=True):
        head = fill(words["part"], start=round(100 * start / length), end=round(100 * end / length))
        lines = [f"- {fact}" for fact in of_chunk] or [words["nothing"]]
        parts.append("\n".join([head, *lines]))
    return "\n\n".join(parts)


def passages_text(context: Context, numbers: Sequence[int], language: str) -> str:
    """The passages with these numbers, in their order."""
    name = _WORDS[language]["passage"]
    texts = (context.passage(number).strip() for number in numbers)
    return "\n\n".join(f"[{name} {place}]\n{text}" for place, text in enumerate(texts, 1))


def numbered(statements: Sequence[str]) -> str:
    """Statements, a line each, with their numbers from 1."""
    return "\n".join(f"{number}: {statement}" for number, statement in enumerate(statements, 1))
