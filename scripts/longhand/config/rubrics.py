"""Checks that the settings of a rubric fit each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from longhand.config.dimensions import check_dimensions
from longhand.judging.template import check_template
from longhand.program.errors import LonghandError


def with_rubrics(datasets: Any) -> Any:
    """Entries of datasets, as the config has them; those that name criteria and no rubric are judged by these."""
    if not isinstance(datasets, dict):
        return datasets
    return {
        name: {"rubric": "checklist"} | entry if isinstance(entry, dict) and _names_criteria(entry) else entry
        for name, entry in datasets.items()
    }


def _names_criteria(dataset: Mapping[str, Any]) -> bool:
    fields = dataset.get("fields")
    return "criteria" in dataset or (isinstance(fields, dict) and fields.get("criteria") is not None)


def check_rubric(rubric: Mapping[str, Any], where: str) -> None:
    """Checks a rubric with defaults.

    Args:
        rubric: of the config.
        where: for the message.

    Raises:
        LonghandError: it has both dimensions and criteria or neither, a scale that does not rise, values that are not
            on it, or a template or names that no judge could use.
    """
    if ("dimensions" in rubric) == ("criteria" in rubric):
        fix = "dimensions: the same for all prompts; criteria: those that each prompt has"
        raise LonghandError("needs either 'dimensions' or 'criteria'", where, fix)
    if "template" in rubric:
        check_template(rubric, where)
    check_dimensions(rubric.get("dimensions", {}), f"{where} dimensions")
    low, high = rubric["scale"]
    if low >= high:
        raise LonghandError(f"scale {rubric['scale']} must be [lowest, highest]", where)
    values = rubric.get("values", [low, high])
    if strange := [value for value in values if not low <= value <= high]:
        raise LonghandError(f"value {strange[0]:g} is not on the scale {rubric['scale']}", f"{where} values")
    if values != sorted(values):
        raise LonghandError(f"values {values} must rise", where)
