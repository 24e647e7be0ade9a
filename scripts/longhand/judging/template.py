"""What a rubric's template must have. Apart from the rubric itself, so that reading a config stays light."""

from __future__ import annotations

from collections.abc import Mapping

from longhand.errors import LonghandError


def check_template(template: str, placeholders: Mapping[str, str], where: str) -> None:
    """Raises LonghandError when a judge would not be shown the response that it is to judge."""
    if placeholders["response"] not in template:
        fix = "put it there, or name what stands for it under placeholders.response"
        raise LonghandError(f"the template has no placeholder {placeholders['response']}", where, fix)
