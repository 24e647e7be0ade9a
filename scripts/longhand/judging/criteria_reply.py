"""Reads a judge's reply about criteria: the score of each, by its number or its name, and the reason for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from longhand.judging.criteria_form import Criterion
from longhand.judging.dimension_names import Names, is_name, is_reason_word, item_names
from longhand.judging.mentions import find_mentions, find_objects
from longhand.judging.readings import Scale
from longhand.judging.reasoning import without_reasoning
from longhand.judging.verdicts import Verdict, check_values, read_verdict

_SCORE = "Score"
_SCORE_NAMES = ("Rating", "Grade", "评分", "得分")
"""How a reply about one criterion may call its score."""


def read_criteria(
    reply: str, criteria: Sequence[Criterion], scale: Scale, texts: Sequence[str] = (), template: str = ""
) -> Verdict:
    """The scores that a reply gives to criteria, by their numbers.

    Args:
        reply: what the judge wrote.
        criteria: that it was asked about, one or several.
        scale: the lowest and the highest score.
        texts: what the judge was shown.
        template: what stood around them.
    """
    if len(criteria) == 1:
        only = criteria[0]
        names = (*_SCORE_NAMES, *([only.name] if only.name and is_name(only.name) else ()))
        verdict = read_verdict(reply, {_SCORE: names}, scale, texts=texts, template=template)
        if verdict.status == "ok":
            verdict = replace(verdict, scores={only.dimension: verdict.scores[_SCORE]})
    else:
        verdict = read_verdict(
            reply,
            {each.dimension: () for each in criteria},
            scale,
            texts=texts,
            template=template,
            names=_names(criteria),
        )
    return check_values(verdict, {each.dimension: each.values for each in criteria})


def reasons_in(reply: str, criteria: Sequence[Criterion]) -> dict[str, str]:
    """Number of a criterion -> the reason that a reply in JSON gives for its score alone.

    Args:
        reply: one that could be read.
        criteria: that it is about, one or several.
    """
    answer = without_reasoning(reply)
    if len(criteria) == 1:
        objects: list[tuple[str, Any]] = [(criteria[0].dimension, value) for _, _, value in find_objects(answer)]
    else:
        objects = [(mention.dimension, mention.value) for mention in find_mentions(answer, _names(criteria))[0]]
    return {dimension: reason for dimension, value in objects for reason in _reasons(value)}


def _reasons(value: Any) -> Iterator[str]:
    """The reasons in an object, at any depth: of the only criterion, it may stand under its number."""
    for key, item in value if isinstance(value, tuple) else ():
        if isinstance(item, str) and item.strip() and is_reason_word(key):
            yield item.strip()
        yield from _reasons(item)


def _names(criteria: Sequence[Criterion]) -> Names:
    return item_names([each.name for each in criteria])
