"""A judge's reply without what is not said to the reader: its reasoning, Markdown quotes, a JSON string around it."""

from __future__ import annotations

import json
import re

from longhand.judging.mentions import DECODER, find_objects
from longhand.judging.quotes import MARKDOWN_QUOTE
from longhand.program.printable import INVISIBLE

_REASONING_END = re.compile(r"</(?:think|thinking|thought|reasoning)>", re.IGNORECASE)
_REASONING_START = re.compile(r"^[ \t]*<(?:think|thinking|thought|reasoning)>", re.IGNORECASE | re.MULTILINE)


def without_reasoning(reply: str) -> str:
    """The reply without reasoning and Markdown quotes, and without one level of JSON string around it.

    Raises:
        RecursionError: JSON in it is nested too deeply.
    """
    text = reply.translate(INVISIBLE)
    try:
        whole = DECODER.decode(text)
        if not isinstance(whole, str):
            return text  # a tag within valid JSON is a quote
        text = whole
    except json.JSONDecodeError:
        pass
    if ends := list(_REASONING_END.finditer(text)):
        objects = [(start, end) for start, end, _ in find_objects(text)]  # nor is a tag in one the end of reasoning
        text = text[max((tag.end() for tag in ends if not any(a < tag.start() < b for a, b in objects)), default=0) :]
    text = _REASONING_START.split(text)[0]  # if it never ends, all of the rest is reasoning
    text = text if re.search(r'(?<!\\)"', text) else text.replace('\\"', '"')
    return MARKDOWN_QUOTE.sub("", text)
