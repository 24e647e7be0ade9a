"""Asks about a document that the question begins with: in words of one of its sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence

from longhand.demo.bodies import Conversation
from longhand.demo.writer import Writer
from longhand.text.language import language_of

_SEVERAL, _ANSWERS, _DECLINES, _REPEATS = 0.06, 0.12, 0.16, 0.26
"""Bounds of draws below which a reply has two questions, an answer too, no question, or one that any would ask."""
_TAIL = 1200
"""Characters at the end of a question in which it is said what is wanted."""
_READ = 50_000
"""Characters of the document that sentences are taken from."""
_WANTS_QUERY = re.compile(
    r"\b(?:write|ask|pose|make up|think of) (?:one|a) (?:\w{1,12} ){0,2}(?:query|question)\b[^\n]{0,120}\btext\b"
    r"|(?:写|提|出|想)一[个条道][^\n，。]{0,24}(?:问题|提问)",
    re.I,
)
_ALONE = re.compile(r"\b(?:alone|only|nothing else|nothing but)\b|只(?:回复|输出|写|给出)", re.I)
_SUMMARY, _FAR = re.compile(r"\bsummar|概括|总结", re.I), re.compile(r"\bseveral places|相隔|几处", re.I)
_SENTENCE_END = re.compile(r"[.!?。！？\n]+")
_FORMS = {
    "en": {
        "summary": "Sum up what the text says about “{part}”.",
        "far": "How does what is said of “{part}” agree with the passage on “{other}”?",
        "one": "What does the text say of “{part}”?",
        "any": "What is the main point of the text?",
        "declines": "I cannot help with that.",
        "answer": "Answer: it says that {other}.",
    },
    "zh": {
        "summary": "请概括文中关于“{part}”的内容。",
        "far": "文中关于“{part}”的说法与“{other}”一处是否一致？",
        "one": "关于“{part}”，文中是怎么说的？",
        "any": "这篇文本主要讲了什么？",
        "declines": "抱歉，我无法完成这个请求。",
        "answer": "答案：文中说{other}。",
    },
}


def reply(writer: Writer, conversation: Conversation, key: Sequence[object], needed: int) -> str | None:
    """One query, mostly; None where the question wants none."""
    question = conversation.task
    wanted = _WANTS_QUERY.search(question, max(0, len(question) - _TAIL))
    if wanted is None or not _ALONE.search(question[-_TAIL // 4 :]):
        return None
    document, wish = question[: question.rfind("\n", 0, wanted.start()) + 1][:_READ], question[wanted.start() :]
    language, draw = language_of(wish), writer.draw("query", *key)
    forms, parts = _FORMS[language], [_part(sentence) for sentence in _SENTENCE_END.split(document)]
    part, other = draw.choices([part for part in parts if part] or [document.strip()[:20]], k=2)
    fate = draw.random()
    kind = "summary" if _SUMMARY.search(wish) else "far" if _FAR.search(wish) else "one"
    if _ANSWERS <= fate < _REPEATS:
        kind = "declines" if fate < _DECLINES else "any"
    query = forms[kind].format(part=part, other=other)
    if fate < _SEVERAL:
        return f"1. {query}\n2. {forms['any']}"
    return query + ("\n" + forms["answer"].format(other=other) if fate < _ANSWERS else "")


def _part(sentence: str) -> str:
    """The beginning of a sentence."""
    words = sentence.strip().strip("#*-“”\"' ")
    return words[:12] if language_of(words) == "zh" else " ".join(words.split()[:6])
