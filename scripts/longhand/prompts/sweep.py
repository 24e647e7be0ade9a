"""Prompts that are templates: one prompt for every length and constraint of a sweep, as LIFEBench makes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from longhand.program.errors import LonghandError
from longhand.text.requirement import Requirement

_BOUND = {"about": "required", "above": "required_min", "below": "required_max"}
"""Where a requirement keeps the length of a constraint."""


def sweep_prompt(
    template: str, language: str, sweep: Mapping[str, Any], where: str
) -> Iterator[tuple[str, Requirement]]:
    """The prompts that a template stands for, each with what it requires.

    Args:
        template: holds the sweep's placeholders.
        language: en or zh, which chooses how a constraint is worded.
        sweep: `length` (its placeholder and values, in words) and, where constraints are swept too, `constraint`
            (its placeholder and values: constraint -> language -> wording). Else each length is meant about so.
        where: the row, for errors.

    Raises:
        LonghandError: the template has not the placeholders, or a constraint no wording in its language.
    """
    worded = {"about": template}
    if "constraint" in sweep:
        wordings, mark = sweep["constraint"]["values"], sweep["constraint"]["placeholder"]
        if unworded := [name for name, wording in wordings.items() if language not in wording]:
            raise LonghandError(f"the sweep has no wording of '{unworded[0]}' for language {language}", where)
        worded = {name: _put(wording[language], mark, template, where) for name, wording in wordings.items()}
    for name, part in worded.items():
        for words in sweep["length"]["values"]:
            prompt = _put(str(words), sweep["length"]["placeholder"], part, where)
            yield prompt, Requirement(name, **{_BOUND[name]: words})


def _put(text: str, placeholder: str, template: str, where: str) -> str:
    if placeholder not in template:
        raise LonghandError(f"the prompt does not have the sweep's placeholder {placeholder}", where)
    return template.replace(placeholder, text)
