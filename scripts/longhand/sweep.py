"""Prompts that are templates: one for every length and constraint of a sweep, as LIFEBench makes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from longhand.errors import LonghandError
from longhand.requirement import Requirement


class Swept(NamedTuple):
    """A prompt of a sweep and what it requires."""

    prompt: str
    requirement: Requirement


def sweep_prompt(template: str, language: str, sweep: Mapping[str, Any], where: str) -> Iterator[Swept]:
    """The prompts that a template stands for.

    Args:
        template: holds the sweep's placeholders.
        language: en or zh; chooses the wording of a constraint.
        sweep: length_placeholder, lengths, and where constraints are swept constraint_placeholder and
            constraints (constraint -> language -> wording).
        where: the row, for errors.

    Raises:
        LonghandError: the template has not the placeholders.
    """
    placeholder, wordings = sweep.get("constraint_placeholder"), sweep["constraints"]
    for needed in (sweep["length_placeholder"], placeholder):
        if needed is not None and needed not in template:
            raise LonghandError(f"the prompt does not have the sweep's placeholder {needed}", where)
    for constraint, wording in wordings.items():
        worded = template if placeholder is None else template.replace(placeholder, wording[language])
        for length in sweep["lengths"]:
            bounds = {"about": (length, None, None), "above": (None, length, None), "below": (None, None, length)}
            prompt = worded.replace(sweep["length_placeholder"], str(length))
            yield Swept(prompt, Requirement(constraint, *bounds[constraint]))
