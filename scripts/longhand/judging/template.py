"""What the config says of a rubric. Apart from the rubric itself, so that reading a config stays light."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from longhand.program.errors import LonghandError


def settings_of(rubric: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a rubric that decide a verdict; dimensions as pairs, since their order counts."""
    deciding = ("placeholders", "scale", "values", "cut", "template", "doubled_braces", "example", "criteria")
    kept = {key: rubric[key] for key in deciding if key in rubric}
    return kept | ({"dimensions": list(rubric["dimensions"].items())} if "dimensions" in rubric else {})


def mark_of(placeholders: Mapping[str, Any], name: str) -> str:
    """What stands in a template for something that has no placeholder by default: examples, criteria, form."""
    return str(placeholders.get(name, f"{{{name}}}"))


def template_of(rubric: Mapping[str, Any], *, together: bool) -> str:
    """What a judge is sent that is asked about criteria in one call (together), or about each in one of its own."""
    criteria = rubric["criteria"]
    other = criteria.get("other_template") if together != criteria["together"] else None
    return str(other or rubric["template"])


def check_template(rubric: Mapping[str, Any], where: str) -> None:
    """Raises LonghandError when a judge would not be shown what it is to judge, by what, or scored examples."""
    template, placeholders = rubric["template"], rubric["placeholders"]
    _check_mark(template, placeholders["response"], "response", where)
    if "criteria" in rubric:
        _check_criteria(rubric, where)
    form, mark = rubric.get("example"), mark_of(placeholders, "examples")
    if form is None and "examples" not in placeholders:
        return
    if form is None or mark not in template:
        missing = f"the template has no placeholder {mark}" if form else f"there is no `example` for {mark}"
        raise LonghandError(missing, where, "examples need a place in the template and a form, `example`")
    for part in ("{answer}", "{score}"):
        if part not in form:
            raise LonghandError(f"`example` has no {part}", where, "it is the form of each scored answer")


def check_together(rubric: Mapping[str, Any], judge: str, together: bool | None) -> None:
    """Raises LonghandError when a rubric's template asks for one score and the judge for all, or the reverse."""
    placeholders = rubric["placeholders"]
    if together in (None, rubric["criteria"]["together"]) or "other_template" in rubric["criteria"]:
        return
    mark = mark_of(placeholders, "form")
    if mark not in rubric["template"]:
        what = f"`together` is {str(together).lower()}, and the rubric's template is written for the other way"
        fix = f"give the rubric criteria.other_template, or {mark} in the template for the form of the reply"
        raise LonghandError(what, f"config judges.{judge}.together", fix)


def _check_criteria(rubric: Mapping[str, Any], where: str) -> None:
    placeholders, criteria = rubric["placeholders"], rubric["criteria"]
    mark = mark_of(placeholders, "criteria")
    _check_mark(rubric["template"], mark, "criteria", where)
    if (other := criteria.get("other_template")) is not None:
        _check_mark(other, placeholders["response"], "response", f"{where} criteria.other_template")
        _check_mark(other, mark, "criteria", f"{where} criteria.other_template")
    form = criteria.get("item")
    if form is not None and not any(part in form for part in ("{name}", "{description}")):
        fix = "it is the form of each criterion"
        raise LonghandError("`item` has neither {name} nor {description}", f"{where} criteria.item", fix)


def _check_mark(template: str, mark: str, name: str, where: str) -> None:
    if mark not in template:
        fix = f"put it there, or name what stands for it under placeholders.{name}"
        raise LonghandError(f"the template has no placeholder {mark}", where, fix)
