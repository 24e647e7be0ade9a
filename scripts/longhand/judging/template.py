"""What the config says of a rubric. Apart from the rubric itself, so that reading a config stays light."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from longhand.program.errors import LonghandError


def settings_of(rubric: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a rubric that decide a verdict; dimensions as pairs, since their order counts."""
    kept = {key: rubric[key] for key in ("placeholders", "scale", "template", "doubled_braces") if key in rubric}
    return {**kept, "dimensions": list(rubric["dimensions"].items())}


def check_template(template: str, placeholders: Mapping[str, str], where: str) -> None:
    """Raises LonghandError when a judge would not be shown the response that it is to judge."""
    if placeholders["response"] not in template:
        fix = "put it there, or name what stands for it under placeholders.response"
        raise LonghandError(f"the template has no placeholder {placeholders['response']}", where, fix)
