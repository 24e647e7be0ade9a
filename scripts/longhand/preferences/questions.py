"""What the user says in a conversation to learn from."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping
from typing import Any

from longhand.program.errors import LonghandError
from longhand.tables.files import Row
from longhand.text.fill import fill
from longhand.wire.content import content_of
from longhand.wire.identity import canonical


def question_of(prompt: Row, sample: int, question: Mapping[str, Any]) -> str:
    """The user's text.

    Args:
        prompt: a row of the prompts table, with prompt, context, language and prompt_id.
        sample: of the response.
        question: `kind`: `whole` (context and prompt, as a model is asked), `prompt` (that alone), or `extend` (a
            template filled with the prompt and with what is left of the context); for the last also `templates` by
            language, `dropped_lines` and `seed`.

    Raises:
        LonghandError: extend, and there is no context.
    """
    text: str = prompt["prompt"]
    if question["kind"] == "whole":
        return content_of(prompt)
    if question["kind"] == "prompt":
        return text
    if prompt["context"] is None:
        what = f"the prompt '{text[:40]}' has no context, which `question: extend` asks to extend"
        raise LonghandError(what, f"prompt {prompt['prompt_id']}", "name a dataset with contexts")
    key = canonical([question["seed"], prompt["prompt_id"], sample])
    rest = drop_lines(prompt["context"], question["dropped_lines"], key)
    return fill(question["templates"][prompt["language"]], instruction=text, text=rest)


def drop_lines(text: str, share: float, key: str) -> str:
    """The text without some of its lines: each is left out with the probability `share`.

    An extender learns from it to fill in what is missing, and not to repeat what is there (Self-Lengthen). Where no
    line that says anything would be left, the text stays whole.

    Args:
        text: whose lines end in line feeds; an empty line is one.
        share: 0 to 1.
        key: of the draws.
    """
    draws = random.Random(hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest())
    left = [line for line in text.split("\n") if draws.random() >= share]
    return "\n".join(left) if any(line.strip() for line in left) else text
