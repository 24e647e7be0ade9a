"""What the config says of a rubric. Apart from the rubric itself, so that reading a config stays light."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from longhand.program.errors import LonghandError


def settings_of(rubric: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a rubric that decide a verdict; dimensions as pairs, since their order counts."""
    deciding = ("placeholders", "scale", "template", "doubled_braces", "example")
    kept = {key: rubric[key] for key in deciding if key in rubric}
    return {**kept, "dimensions": list(rubric["dimensions"].items())}


def examples_mark(placeholders: Mapping[str, Any]) -> str:
    """What stands in a template for the answers that were scored before."""
    return str(placeholders.get("examples", "{examples}"))


def check_template(rubric: Mapping[str, Any], where: str) -> None:
    """Raises LonghandError when a judge would not be shown the response that it is to judge, or scored examples."""
    template, placeholders = rubric["template"], rubric["placeholders"]
    if placeholders["response"] not in template:
        fix = "put it there, or name what stands for it under placeholders.response"
        raise LonghandError(f"the template has no placeholder {placeholders['response']}", where, fix)
    form, mark = rubric.get("example"), examples_mark(placeholders)
    if form is None and "examples" not in placeholders:
        return
    if form is None or mark not in template:
        missing = f"the template has no placeholder {mark}" if form else f"there is no `example` for {mark}"
        raise LonghandError(missing, where, "examples need a place in the template and a form, `example`")
    for part in ("{answer}", "{score}"):
        if part not in form:
            raise LonghandError(f"`example` has no {part}", where, "it is the form of each scored answer")
