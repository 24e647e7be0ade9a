"""Reference answers, and answers that were scored before: cells of a data file that hold lists."""

from __future__ import annotations

import math
from typing import Any

from longhand.program.errors import LonghandError
from longhand.prompts.sources import list_of_cell, text_of
from longhand.tables.files import Row


def references_of(value: Any, where: str) -> tuple[str | None, list[str] | None]:
    """The first reference of a cell, and the others; equal ones once.

    Args:
        value: a text, a list of texts, or None.
        where: for the message.

    Raises:
        LonghandError: the list is empty or holds something that is no text, or the cell is a mapping.
    """
    if isinstance(value, dict):
        raise LonghandError("reference is a mapping, not a text or a list of texts", where)
    if not isinstance(value, list):
        return text_of(value), None
    for number, each in enumerate(value, 1):
        if not isinstance(each, str) or not each.strip():
            shown = "empty" if isinstance(each, str) else f"{each!r}"[:40]
            raise LonghandError(f"reference {number} of {len(value)} is {shown}, not a text", where, "take it out")
    if not value:
        raise LonghandError("the list of references is empty", where, "give null where there is none")
    first, *others = dict.fromkeys(str(text_of(each)) for each in value)
    return first, others or None


def examples_of(value: Any, where: str) -> list[Row] | None:
    """The scored answers of a cell as {answer, score}, as LongBench-Chat has them.

    Args:
        value: a list of mappings with `answer` and `score`, also as JSON text (in CSV); None: there are none.
        where: for the message.

    Raises:
        LonghandError: it is no such list, an answer is no text, or a score no number.
    """
    fix = "a list of {answer: text, score: number}; or `fields: {examples: null}`"
    examples = list_of_cell(value, "examples", where, fix)
    if examples is None:
        return None
    number = len(examples)
    return [_example(each, f"example {place} of {number}", where, fix) for place, each in enumerate(examples, 1)]


def _example(value: Any, which: str, where: str, fix: str) -> Row:
    if not isinstance(value, dict) or not {"answer", "score"} <= value.keys():
        raise LonghandError(f"{which} has no answer and score", where, fix)
    if not isinstance(value["answer"], str) or not value["answer"].strip():
        raise LonghandError(f"the answer of {which} is no text", where, fix)
    try:
        score = math.nan if isinstance(value["score"], bool) else float(value["score"])
    except (TypeError, ValueError):
        score = math.nan
    if not math.isfinite(score):
        raise LonghandError(f"the score of {which} is {value['score']!r}"[:80] + ", not a number", where, fix)
    return {"answer": text_of(value["answer"]), "score": score}
