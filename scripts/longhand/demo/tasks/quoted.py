"""What a question quotes: a text between tags with a line of their own, or under a label."""

from __future__ import annotations

import re
from itertools import islice

REQUEST = "instruction|request|assignment|query|要求|指令|请求|题目"
ANSWER = "answer|response|text|draft|article|回答|正文|文章|文本"
"""What the tag or label of a quotation has in it."""

_TAGS = 4
"""So many tags of a kind are tried: of the first ones, some may only be mentioned."""
_LAST_LABEL = re.compile(r"(?:\A|\n)[^\n]{1,80}[:：]\s*\Z")


def quoted(question: str, names: str, end: int | None = None) -> str | None:
    """The first quotation of a kind; None where there is none.

    Between tags it goes to the last end of that tag, since a quoted text may hold such tags itself. Under a label it
    goes to `end`, or to the end of the question, without a label that stands last there.

    Args:
        question: as it came.
        names: `REQUEST` or `ANSWER`.
        end: where at the latest a quotation under a label ends.
    """
    tags = re.finditer(rf"^<([^\n<>]{{0,20}}(?:{names})[^\n<>]{{0,20}})>[^\S\n]{{0,4}}$", question, re.M | re.I)
    for tag in islice(tags, _TAGS):
        if (close := question.rfind(f"</{tag[1]}>")) > tag.end():
            return question[tag.end() : close].strip()
    label = re.search(
        rf"^[^\n:：,.，。]{{0,30}}(?:{names})[^\n:：,.，。]{{0,12}}[:：](?:[^\S\n]|$)", question, re.M | re.I
    )
    return _LAST_LABEL.sub("", question[label.end() : end]).strip() if label else None


def outside(question: str, quotation: str) -> str:
    """The question without what it quotes."""
    return question.replace(quotation, "\n") if quotation else question
