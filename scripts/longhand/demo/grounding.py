"""What the demo judge says of answers to questions about long texts: facts, statements, their support, and grades.

Which of these is wanted is read from the form of the reply that a question asks for: `[[none]]` in place of a list,
`[[Fully supported]]`, `1: [[Fully supported]]`, `[[5]]`; and what is judged stands between tags. Words are compared,
and no more: a statement is supported by passages that have its words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from longhand.demo.bodies import Conversation
from longhand.demo.draws import fingerprint, generator_for
from longhand.demo.judge import Judge, reply_schema
from longhand.demo.measures import sentences_of, word_share
from longhand.demo.tasks.tagged import tagged
from longhand.demo.writer import topics_of
from longhand.text.language import language_of

_PART = "part|chunk|excerpt|document|context|部分|片段|文档|上下文"
_FACTS = "facts|事实"
_QUERY = "question|query|request|问题|请求"
_ANSWER = "answer|response|回答|答案"
_PASSAGES = "passages|段落"
_STATEMENTS = "statements?|陈述"
"""What the tag of a quotation has in it."""

_LEVELS = {"en": ("No support", "Partially supported", "Fully supported"), "zh": ("不支持", "部分支持", "完全支持")}
_JSON_LEVELS = ("none", "partial", "full")
_NONE = "[[none]]"
_GRADE = re.compile(r"\[\[\d{1,3}\]\]")
_BATCH = re.compile(r"\d{1,4}\s{0,2}[:：]\s{0,2}\[\[")
_NUMBERED = re.compile(r"\s{0,4}(\d{1,4})\s{0,2}[:：.、)]\s{0,2}(\S.*)")
_UNIT = re.compile("[a-zA-Z]+|[\u4e00-\u9fff]")

_ASKING = frozenset(
    """according answer document going passage question somewhat somebody someone tells whether
    什么 怎么 怎样 如何 文中 文章 全文 内容 根据 关于 联系 知道 回答 问题 有人 没有 其中 请问""".split()
)
"""Words that a question has, whatever it is about."""

_MOST_LINES = 30
_LEAST_UNITS = {"en": 5, "zh": 8}
"""Words or characters of a sentence that states something."""
_OVERLOOKED, _OVERSIGHT = 0.1, 0.1
"""Share of sentences that a list lacks, though they belong there; and by how much it varies at temperature 1."""
_BOUNDS = {"en": (0.45, 0.75), "zh": (0.35, 0.55)}
"""Shares of a statement's words that the passages must have to support it partially, and fully."""
_DOUBT = 0.2
"""Standard deviation at temperature 1 of what is added to such a share."""


def reply(
    judge: Judge, conversation: Conversation, body: Mapping[str, Any], temperature: float, drawn: Sequence[object]
) -> str | None:
    """The reply, as JSON where the request wants JSON; None where the question wants something else.

    Args:
        judge: whose taste and seed count.
        conversation: the question.
        body: of the request.
        temperature: above 0, replies vary with `drawn`.
        drawn: what tells repeated questions apart (JSON values).
    """
    if "[[" not in conversation.task:
        return None
    quotations, outside = tagged(conversation.task)
    wants_json = _wants_json(body)
    chance = _Chance(judge, temperature, drawn)

    def quoted(names: str) -> str | None:
        return next((text for name, text in quotations.items() if re.search(names, name)), None)

    query, answer, part, passages = quoted(_QUERY), quoted(_ANSWER), quoted(_PART), quoted(_PASSAGES)
    language = next((name for name, levels in _LEVELS.items() if f"[[{levels[2]}]]" in outside), None)
    if language and passages is not None and (stated := quoted(_STATEMENTS)) is not None:
        if _BATCH.search(outside) and (numbered := _numbered(stated)):
            return _supports(numbered, passages, language, chance, wants_json)
        return _support(stated, passages, language, chance, wants_json)
    if _NONE in outside and query is not None and part is not None:
        return _listed("Facts", _facts(part, query, chance), wants_json)
    if _NONE in outside and answer is not None:
        return _listed("Statements", _statements(answer, chance), wants_json)
    if _GRADE.search(outside) and query is not None and answer is not None:
        facts = quoted(_FACTS)
        # Each kind of grade has its instructions, and so a taste of its own.
        dimension = fingerprint(outside) if facts is None else "completeness"
        request = query if facts is None else facts
        grade, analysis = judge.grade(request, answer, dimension, (0, 10), temperature, *drawn)
        return _json({"Analysis": analysis, "Grade": grade}) if wants_json else f"{analysis}\n[[{grade}]]"
    return None


class _Chance:
    """What is drawn for a text: the same each time, and about that, by temperature, another with each question."""

    def __init__(self, judge: Judge, temperature: float, drawn: Sequence[object]):
        self._taste, self._drawn, self._heat = (judge.seed, judge.model), drawn, min(temperature, 2.0)

    def overlooks(self, sentence: str) -> bool:
        """Whether a list goes without a sentence that belongs there."""
        lasting = generator_for("overlooked", *self._taste, sentence).random()
        return lasting + _OVERSIGHT * self._mood("overlooked", sentence) < _OVERLOOKED

    def level(self, statement: str, share: float) -> int:
        """0, 1 or 2: how far a statement is supported of whose words the passages have a share."""
        believed = share + _DOUBT * self._mood("support", statement)
        return sum(believed >= bound for bound in _BOUNDS[language_of(statement)])

    def _mood(self, *key: object) -> float:
        return generator_for("mood", *self._taste, *key, *self._drawn).gauss(0, 1) * self._heat


def _wants_json(body: Mapping[str, Any]) -> bool:
    wanted = body.get("response_format")
    kind = wanted.get("type") if isinstance(wanted, Mapping) else None
    return kind in ("json_object", "json_schema") or reply_schema(body) is not None


def _facts(part: str, query: str, chance: _Chance) -> list[str]:
    """The sentences of a part that name what the query is about."""
    language = language_of(query)
    topics = topics_of(query, language)
    if language == "zh":  # pieces of it may be more than a word
        topics = [piece[i : i + 2] for piece in topics for i in range(len(piece) - 1)]
    of_query = {topic.lower() for topic in topics} - _ASKING
    about = [sentence for sentence in sentences_of(part) if any(topic in sentence.lower() for topic in of_query)]
    return [sentence for sentence in about if not chance.overlooks(sentence)]


def _statements(answer: str, chance: _Chance) -> list[str]:
    """The sentences of an answer that are long enough to state something, and are no questions."""
    least = _LEAST_UNITS[language_of(answer)]
    long_enough = [s for s in sentences_of(answer) if len(_UNIT.findall(s)) >= least and s[-1] not in "?？"]
    return [sentence for sentence in long_enough if not chance.overlooks(sentence)]


def _listed(name: str, lines: Sequence[str], wants_json: bool) -> str:
    if wants_json:
        return _json({name: lines[:_MOST_LINES]})
    return "\n".join(f"- {line}" for line in lines[:_MOST_LINES]) or _NONE


def _numbered(statements: str) -> dict[str, str]:
    """Number -> statement."""
    matches = map(_NUMBERED.fullmatch, statements.splitlines())
    return {match[1]: match[2] for match in matches if match}


def _supports(numbered: Mapping[str, str], passages: str, language: str, chance: _Chance, wants_json: bool) -> str:
    levels = {n: chance.level(text, word_share(text, passages)) for n, text in numbered.items()}
    if wants_json:
        return _json({"Supports": [_JSON_LEVELS[level] for level in levels.values()]})
    return "\n".join(f"{n}: [[{_LEVELS[language][level]}]]" for n, level in levels.items())


def _support(statement: str, passages: str, language: str, chance: _Chance, wants_json: bool) -> str:
    share = word_share(statement, passages)
    level = chance.level(statement, share)
    analysis = {
        "en": f"The demo judge, which is no language model, finds {share:.0%} of the words in the passages.",
        "zh": f"演示用的评审不是语言模型，它在段落中找到了陈述中{share:.0%}的词。",
    }[language]
    if wants_json:
        return _json({"Analysis": analysis, "Support": _JSON_LEVELS[level]})
    return f"{analysis}\n[[{_LEVELS[language][level]}]]"


def _json(reply: Mapping[str, Any]) -> str:
    return json.dumps(reply, ensure_ascii=False)
