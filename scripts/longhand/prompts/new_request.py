"""Reads the writing request out of a model's reply: what stands around it is taken off; several are none."""

from __future__ import annotations

import re

_NAME = (
    r"(?:(?:writing\s)?(?:request|instruction|prompt|task|query|question)"
    r"|(?:写作)?(?:请求|指令|任务|要求|提示|问题|提问))"
)
_REMARK = r"(?:here(?:\s(?:is|are)|'s|’s)|sure|certainly|of\scourse|okay|好的|当然|以下|下面|这是)"
_COLON = r"[*_]{0,2}[:：][*_]{0,2}"
_LABEL = re.compile(
    rf"""[\#*_\s]* (?: {_REMARK} [^\n:：]{{0,100}} {_COLON} \s*\n
      | {_REMARK} [^\n:：]{{0,60}} {_NAME} [^\n:：]{{0,20}} {_COLON}
      | (?:(?:a|the|your|my)\s)? (?:(?:new|rewritten|revised)\s|新的?|改写后的?|修改后的?)? {_NAME} {_COLON} ) \s*""",
    re.IGNORECASE | re.VERBOSE,
)
_NUMBER = re.compile(
    rf"""[\#*_\s]* (?: (?:{_NAME}\s?)? (?:\d{{1,3}}|[一二三四五六七八九十]{{1,3}}) \s?[.)、．:：）][*_]{{0,2}}(?!\d)
      | [-*•·]\s ) \s*""",
    re.IGNORECASE | re.VERBOSE,
)
_LAYERS = 5  # labels and numbers that may stand before a request
_QUOTES = {'"': '"', "“": "”", "「": "」", "『": "』", "'": "'", "‘": "’"}


def request_in(reply: str) -> str | None:
    """The one request of a reply, without label, number and quotation marks around it.

    Returns:
        None where there are several: a later line has a number or a bullet, as the first has. A list in a request that
        has no number itself is part of it.
    """
    text = reply.strip()
    for _ in range(_LAYERS):
        if label := _LABEL.match(text):
            text = text[label.end() :]
        elif number := _NUMBER.match(text):
            text = text[number.end() :]
            if any(_NUMBER.match(line) for line in text.split("\n")[1:]):
                return None
        else:
            break
    return _unquoted(text)


def _unquoted(text: str) -> str:
    """A text without the pair of quotation marks that is around the whole of it."""
    closing, inner = _QUOTES.get(text[:1]), text[1:-1]
    if closing is None or len(text) < 3 or text[-1] != closing or closing in inner or text[0] in inner:
        return text
    return inner.strip()
