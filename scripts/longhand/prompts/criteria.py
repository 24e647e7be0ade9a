"""Criteria of a prompt: what judges grade responses to it by. From cells of a data file to the column of the table."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from longhand.program.errors import LonghandError
from longhand.prompts.sources import list_of_cell, shown_cell, text_of
from longhand.tables.files import Row

_HEAVIEST = 1e6  # sums of weights and scores stay numbers
_OURS = ("name", "description", "levels", "values", "weight")
_FIX = "a list of texts, or of {name, description, levels: {label: text}, values: [numbers], weight}"


@dataclass(frozen=True)
class CriteriaForm:
    """How a dataset's file has its criteria.

    Attributes:
        keys: ours (name, description, values, weight) -> the file's; one that is not named has our name, and may lack.
        levels: keys whose values are the texts of the levels; the key is the label. Empty: a mapping `levels`, or none.
        by_category: category -> the criteria of rows that have none of their own, as the file has them.
        weights: category -> a weight for each criterion of its rows, in their order; empty: the criteria's own.
        views: name -> the request as it stands in the file -> names of the criteria that are in the view.
        needed: judges grade by them, so that each prompt must have some.
    """

    keys: Mapping[str, str] = field(default_factory=dict)
    levels: Sequence[str] = ()
    by_category: Mapping[str, Any] = field(default_factory=dict)
    weights: Mapping[str, Sequence[float]] = field(default_factory=dict)
    views: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    needed: bool = False


def criteria_rows(cell: Any, category: str | None, request: str, form: CriteriaForm, where: str) -> list[Row] | None:
    """The criteria of a row of the dataset, as the prompts table has them; None where it has none.

    Args:
        cell: the row's own: a list of texts or of mappings, also as JSON text (in CSV); None: those of its category.
        category: of the row.
        request: the text that views know the row by.
        form: of the dataset.
        where: the row, for messages.

    Raises:
        LonghandError: the cell is no such list, an item is no criterion, the weights of the category are missing or of
            another number, or a view has a criterion that the row lacks. The item is named.
    """
    items = _items(cell, where)
    if items is None and category is not None and category in form.by_category:
        items = _items(form.by_category[category], f"{where}, criteria of category '{category}'")
    if items is None and form.needed:
        what = f"the prompt has no criteria, and the dataset's rubric judges by them: {request[:60]!r}"
        raise LonghandError(what, where, "give it some, name their column in `fields`, or choose another rubric")
    if items is None:
        return None
    criteria = [_criterion(item, number, len(items), form, where) for number, item in enumerate(items, 1)]
    for criterion, weight in zip(criteria, _weights(len(criteria), category, form, where), strict=False):
        criterion["weight"] = float(weight)
    for view, requests in form.views.items():
        for name in requests.get(request, ()):
            _criterion_named(name, view, criteria, where)["views"].append(view)
    return [criterion | {"views": criterion["views"] or None} for criterion in criteria]


def names_of(cell: Any, form: CriteriaForm, where: str) -> list[str]:
    """The names of the criteria in a view's cell, whatever else it says of them.

    Raises:
        LonghandError: it is no list, or a criterion has no name; the item is named.
    """
    items, key = _items(cell, where) or [], form.keys.get("name", "name")
    names = [item.get(key) if isinstance(item, dict) else None for item in items]
    for number, name in enumerate(names, 1):
        if not isinstance(name, str) or not name.strip():
            raise LonghandError(f"criterion {number} of {len(items)} has no name, which a view needs", where)
    return [str(text_of(name)) for name in names]


def unused_criteria(dataset: str, prompts: int) -> str:
    """What to know where so many prompts of a dataset have criteria that its rubric does not judge by."""
    have = "1 prompt has" if prompts == 1 else f"{prompts:,} prompts have"
    return f"{have} criteria in {dataset}, and its rubric does not judge by them; `rubric: checklist` does"


def _items(cell: Any, where: str) -> list[Any] | None:
    items = list_of_cell(cell, "criteria", where, _FIX)
    if items is not None and not items:
        raise LonghandError("the list of criteria is empty", where, "give it some, or null where no judge goes by them")
    return items


def _criterion(item: Any, number: int, of: int, form: CriteriaForm, where: str) -> Row:
    which = f"criterion {number} of {of}"
    if isinstance(item, str):
        texts = {"name": None, "description": _text(item, which, where)}
        item = {}
    elif isinstance(item, dict):
        for theirs in (*form.keys.values(), *form.levels):
            if theirs not in item:
                raise LonghandError(f"{which} has no '{theirs}'", where, "correct it, or the dataset's `criteria`")
        if not (form.keys or form.levels):
            _check_keys(item, which, where)
        texts = {
            ours: _text(item.get(form.keys.get(ours, ours)), f"the {ours} of {which}", where)
            for ours in ("name", "description")
        }
    else:
        raise LonghandError(f"{which} is {shown_cell(item)}, not a text or a mapping", where, _FIX)
    if texts["name"] is None and texts["description"] is None:
        raise LonghandError(f"{which} is empty", where, _FIX)
    return {
        "name": texts["name"] or str(number),
        "description": texts["description"],
        "levels": _levels(item, which, form, where),
        "values": _values(item.get(form.keys.get("values", "values")), which, where),
        "weight": _weight(item.get(form.keys.get("weight", "weight")), f"the weight of {which}", where),
        "views": [],
    }


def _check_keys(item: Mapping[str, Any], which: str, where: str) -> None:
    """Raises LonghandError for a key that is nearly one of ours: it would not count. A file may have others."""
    for key in sorted(item.keys() - {*_OURS}, key=str):
        if close := difflib.get_close_matches(str(key), {*_OURS} - item.keys(), n=1, cutoff=0.8):
            raise LonghandError(f"{which} has '{key}', did you mean '{close[0]}'?", where, "correct or remove it")


def _text(value: Any, what: str, where: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip():
        shown = "empty" if isinstance(value, str) else shown_cell(value)
        raise LonghandError(f"{what} is {shown}, not a text", where)
    return text_of(value)


def _levels(item: Mapping[str, Any], which: str, form: CriteriaForm, where: str) -> list[Row] | None:
    levels = {key: item[key] for key in form.levels} if form.levels else item.get("levels")
    if levels is None:
        return None
    if not isinstance(levels, dict):
        raise LonghandError(f"the levels of {which} are {shown_cell(levels)}, not a mapping of labels to texts", where)
    rows = [
        {"label": text_of(label), "text": _text(text, f"level '{label}' of {which}", where)}
        for label, text in levels.items()
        if text is not None  # Parquet: a label that other items have
    ]
    return rows or None


def _values(given: Any, which: str, where: str) -> list[float] | None:
    if given is None:
        return None
    numbers = [_number(each) for each in given] if isinstance(given, list) else []
    if len(numbers) < 2 or len({*numbers}) != len(numbers) or not all(math.isfinite(each) for each in numbers):
        raise LonghandError(f"the values of {which} are {shown_cell(given)}, not a list of different numbers", where)
    return numbers


def _weight(given: Any, what: str, where: str) -> float:
    weight = 1.0 if given is None else _number(given)
    if not 0 < weight < _HEAVIEST:
        raise LonghandError(f"{what} is {shown_cell(given)}, not a number over 0 and under a million", where)
    return weight


def _number(value: Any) -> float:
    try:
        return math.nan if isinstance(value, bool | str) else float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan


def _weights(number: int, category: str | None, form: CriteriaForm, where: str) -> Sequence[float]:
    if not form.weights:
        return ()
    if category is None or category not in form.weights:
        lack = "the row has no category" if category is None else f"there are no weights for category '{category}'"
        raise LonghandError(f"{lack}, which weights are by", where, "add it to the dataset's `criteria: {weights}`")
    weights = form.weights[category]
    if len(weights) != number:
        what = f"category '{category}' has {len(weights)} weights, and the row {number} criteria"
        raise LonghandError(what, where, "give one weight for each criterion")
    return weights


def _criterion_named(name: str, view: str, criteria: Sequence[Row], where: str) -> Row:
    of_name = [criterion for criterion in criteria if criterion["name"] == name]
    if len(of_name) != 1:
        of = "several criteria of that name" if of_name else f"only: {', '.join(row['name'] for row in criteria)}"[:200]
        raise LonghandError(f"view {view} has the criterion {shown_cell(name)}, and the prompt has {of}", where)
    return of_name[0]
