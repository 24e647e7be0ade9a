"""The criteria of a prompt as a judge is shown them, and the form of the reply that it is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from longhand.judging.readings import Scale, shown_number
from longhand.judging.reply_forms import analysis, object_of, response_format
from longhand.program.errors import LonghandError
from longhand.prompts.sources import shown_cell
from longhand.tables.files import Row
from longhand.text.fill import fill


@dataclass(frozen=True)
class Criterion:
    """One criterion of a prompt.

    Attributes:
        number: its position among those of its prompt, from 1.
        name: None where the file names none.
        description: what it asks for.
        levels: label -> what a text of that level is like.
        values: the scores that are allowed; None: all numbers of the scale.
        weight: in S_Q.
    """

    number: int
    name: str | None
    description: str | None
    levels: Mapping[str, str]
    values: Sequence[float] | None
    weight: float

    @property
    def dimension(self) -> str:
        """What it is called in the table of judgements."""
        return str(self.number)


def criteria_of(row: Row, values: Sequence[float] | None, scale: Scale) -> list[Criterion]:
    """The criteria of a prompt, in order.

    Args:
        row: of the prompt.
        values: that the rubric allows.
        scale: of the rubric.

    Raises:
        LonghandError: it has none, or one allows a score that is not on the scale.
    """
    if not row.get("criteria"):
        what = "the prompt has no criteria, and the dataset's rubric judges by them"
        raise LonghandError(what, _named(row), "give it some, or take it out of the dataset")
    criteria = []
    for number, each in enumerate(row["criteria"], 1):
        allowed = each["values"] or values
        if strange := [value for value in each["values"] or () if not scale[0] <= value <= scale[1]]:
            what = f"criterion {number} allows {strange[0]:g}, and the rubric's scale is {scale[0]:g}-{scale[1]:g}"
            raise LonghandError(what, _named(row), "change its values, or the scale")
        name = None if each["name"] == str(number) else each["name"]
        levels = {level["label"]: level["text"] or "" for level in each["levels"] or ()}
        criteria.append(Criterion(number, name, each["description"], levels, allowed, each["weight"]))
    return criteria


def _named(row: Row) -> str:
    return f"prompt {row['prompt_id']}, {shown_cell(row['prompt'])}"


def shown_criteria(criteria: Sequence[Criterion], item: str | None, scale: Scale) -> str:
    """Criteria as a judge is shown them, each on lines of its own.

    Args:
        criteria: one, or all of a prompt.
        item: form of each, with {number} {name} {description} {levels} {values}; None: what a criterion has, in lines.
            Several have their numbers in any case, since a reply names them so.
        scale: of the rubric.
    """
    if item is not None and len(criteria) > 1 and "{number}" not in item:
        item = f"{{number}}. {item}"
    return "\n".join(_plain(each) if item is None else _filled(each, item, scale) for each in criteria).strip("\n")


def _plain(criterion: Criterion) -> str:
    head = ": ".join(part for part in (criterion.name, criterion.description) if part)
    return "\n".join([f"{criterion.number}. {head}", *(f"   {line}" for line in _levels(criterion))])


def _filled(criterion: Criterion, item: str, scale: Scale) -> str:
    name, description = criterion.name or "", criterion.description or ""
    levels, values = "\n".join(_levels(criterion)), allowed_scores(criterion, scale)
    texts = {"name": name, "description": description, "levels": levels, "values": values}
    return fill(item, number=criterion.number, **texts)


def _levels(criterion: Criterion) -> list[str]:
    return [f"{label}: {text}" for label, text in criterion.levels.items()]


def allowed_scores(criterion: Criterion, scale: Scale) -> str:
    """The scores that a criterion allows, in words: "1-10", "0, 0.25, 0.5, 0.75, 1"."""
    if criterion.values is None:
        return f"{scale[0]:g}-{scale[1]:g}"
    return ", ".join(map(shown_number, criterion.values))


# --- the reply

REASON, SCORE = "reason", "score"


def reply_form(criteria: Sequence[Criterion], scale: Scale, *, together: bool) -> str:
    """The form of a reply in JSON, as it may stand in a template."""
    forms = [f'{{"{REASON}": "...", "{SCORE}": {_placeholder(each, scale)}}}' for each in criteria]
    if not together:
        return forms[0]
    return "{" + ",\n ".join(f'"{each.number}": {form}' for each, form in zip(criteria, forms, strict=True)) + "}"


def _placeholder(criterion: Criterion, scale: Scale) -> str:
    return allowed_scores(criterion, scale).replace(", ", " | ")


def structured_reply(
    criteria: Sequence[Criterion], scale: Scale, kind: str, *, together: bool, bounded: bool
) -> dict[str, Any]:
    """The request field that asks for structured output; empty for `text`.

    Args:
        criteria: one, or all of a prompt.
        scale: of the rubric.
        kind: text, json_object or json_schema.
        together: an object for each criterion, by its number.
        bounded: limit the free text too (vLLM; not every API knows maxLength).
    """
    reason = analysis(bounded=bounded, grades=len(criteria))
    objects = {each.dimension: {REASON: reason, SCORE: score_schema(each.values, scale)} for each in criteria}
    if not together:
        return response_format(kind, "verdict", next(iter(objects.values())))
    return response_format(kind, "verdicts", {number: object_of(of) for number, of in objects.items()})


def score_schema(values: Sequence[float] | None, scale: Scale) -> dict[str, Any]:
    """The JSON schema of a score: one of these values; without them any whole number of a scale of whole numbers.

    A scale of width 1 has only its ends as whole numbers, and means what lies between: `scale: [0, 1]` allows 0.7.
    """
    whole = all(number == int(number) for number in values or scale)
    whole = whole and (values is not None or scale[1] - scale[0] > 1)
    numbers = [int(number) if whole else number for number in values or scale]
    kind = {"type": "integer" if whole else "number"}
    return kind | ({"enum": numbers} if values is not None else {"minimum": numbers[0], "maximum": numbers[1]})
