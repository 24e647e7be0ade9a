"""Rewrites a request so that it states a length."""

from __future__ import annotations

import re
from collections.abc import Sequence

from longhand.demo.bodies import Conversation
from longhand.demo.requested import requested_words
from longhand.demo.tasks.quoted import REQUEST, outside, quoted
from longhand.demo.writer import Writer
from longhand.text.language import language_of

_FORGETS = 0.1
"""Share of requests that come back as they are."""
_WANTS_REWRITTEN = re.compile(r"\b(?:rewrite|rephrase|restate|reword)\b|改写|重写|重新表述", re.I)
_STATED = re.compile(r"[:：][^\S\n]{0,3}([^\n:：。.]{0,40}(?:words|字)[^\n:：。.，,;；]{0,20})", re.I)
_OTHER_LENGTH = re.compile(
    r"(?:\b(?:about|around|roughly|approximately|at least|at most)\s)?\b\d[\d,]{0,8}[\s-]?words?\b"
    r"|(?:大?约|不少于|不超过)?[\d零一二两三四五六七八九十百千万]{1,8}字(?:左右|以[上内])?",
    re.I,
)
_FORMS = {
    "en": ("{request} The text should have {length}.", "{request} Its length: {length}.", "{request} Write {length}."),
    "zh": ("{request}篇幅为{length}。", "{request}全文{length}。", "{request}请写{length}。"),
}


def reply(writer: Writer, conversation: Conversation, key: Sequence[object], needed: int) -> str | None:
    """The request with the length, in the wording of the question; None where the question wants none."""
    question = conversation.task
    request = quoted(question, REQUEST)
    if not request:
        return None
    wish = outside(question, request)
    if not _WANTS_REWRITTEN.search(wish) or requested_words(wish) is None:
        return None
    language, draw = language_of(request), writer.draw("restate", *key)
    if draw.random() < _FORGETS:
        return request
    length = _length_in(wish, language)
    if requested_words(request) is not None and _OTHER_LENGTH.search(request):
        return _OTHER_LENGTH.sub(lambda _: length, request)
    forms = _FORMS[language]
    return forms[int(draw.random() * len(forms))].format(request=request, length=length)


def _length_in(wish: str, language: str) -> str:
    """The length as the question words it behind a colon, or else its number."""
    if match := _STATED.search(wish):
        return match[1].strip()
    words = requested_words(wish)
    return f"about {words} words" if language == "en" else f"{words}字左右"
