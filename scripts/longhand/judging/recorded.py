"""Verdicts that were made elsewhere: they stand beside the responses, in the files of recorded models.

A row has a list with an item for each criterion or dimension, or a column for each. What cannot be taken is a row with
a status, as where a judge is asked.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from longhand.judging.criteria_form import criteria_of
from longhand.judging.judgement_row import judgement_row
from longhand.program.errors import LonghandError
from longhand.program.printable import printable
from longhand.prompts.matched import ResponseFile, TextsByPrompt
from longhand.prompts.sources import text_of
from longhand.tables.files import Row

_SHOWN = 80  # characters of what an error quotes
_LARGEST = 1e300
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")


@dataclass(frozen=True)
class VerdictColumns:
    """Where a row of a file has the verdict on its response.

    Attributes:
        verdicts: the column with the list; None where `scores` has columns.
        scores: dimension, or number of a criterion from 1, -> column.
        reply: beside `scores`, the column with what is said of all of them.
        position, first: the key of an item with the number of its criterion, and the number of the first one; without
            a key the items stand in the order of the criteria.
        score, reason: keys of an item.
    """

    verdicts: str | None
    scores: Mapping[str, str]
    reply: str | None
    position: str | None
    first: int
    score: str
    reason: str

    @classmethod
    def of(cls, fields: Mapping[str, Any], keys: Mapping[str, Any]) -> VerdictColumns:
        """From `fields` and `verdicts` of a recorded model."""
        return cls(fields.get("verdicts"), fields.get("scores", {}), fields.get("reason"), **keys)


class ScoredPart(NamedTuple):
    """What a verdict scores: a dimension of the rubric, or a criterion of the prompt.

    Attributes:
        name: the value of the column `dimension`.
        values: the scores that are allowed; None: all of the scale.
        weight: of a criterion; None for a dimension.
    """

    name: str
    values: Sequence[float] | None
    weight: float | None


@dataclass(frozen=True)
class RecordedRubric:
    """What recorded verdicts are held against.

    Attributes:
        scale: lowest and highest score.
        dimensions: names; None where prompts have criteria of their own.
        values: allowed scores, where a criterion names none; None: all of the scale.
    """

    scale: tuple[float, float]
    dimensions: Sequence[str] | None
    values: Sequence[float] | None

    def parts(self, prompt: Row) -> list[ScoredPart]:
        """What a verdict on a response to a prompt scores, in order. Raises LonghandError: see `criteria_of`."""
        if self.dimensions is not None:
            return [ScoredPart(name, self.values, None) for name in self.dimensions]
        criteria = criteria_of(prompt, self.values, self.scale)
        return [ScoredPart(each.dimension, each.values, each.weight) for each in criteria]


class Item(NamedTuple):
    """What a verdict says of one part: its name in the column `dimension`, None where it cannot be read."""

    part: str | None
    score: Any
    reason: str | None


class Given(NamedTuple):
    """A verdict as the file has it; without items, why.

    Attributes:
        text: digest of the response that it is on.
        items: in the file's order; None: there are none.
        error: why there are none; None where the file says nothing of the response.
        reply: what is said of all items.
    """

    text: str
    items: list[Item] | None
    error: str | None
    reply: str | None


class RecordedVerdicts:
    """The verdicts in a file. They wait in a temporary file, not in memory.

    Args:
        file: of a recorded model.
        form: where its rows have them.
        rubric: for the names of the parts.

    Raises:
        LonghandError: a column is missing; see `ResponseFile.rows`.
    """

    def __init__(self, file: ResponseFile, form: VerdictColumns, rubric: RecordedRubric):
        self._kept = TextsByPrompt()
        columns = [*([form.verdicts] if form.verdicts else form.scores.values()), *([form.reply] if form.reply else [])]
        for matched in file.rows():
            if missing := [column for column in columns if column not in matched.row]:
                listing = ", ".join(map(str, matched.row))
                what = f"there is no column '{missing[0]}', only: {listing}"
                raise LonghandError(what, f"{file.path} {matched.place}", "name it in `fields`")
            verdicts = _read(matched.row, digest_of(matched.response), form, rubric.dimensions)
            self._kept.add(matched.prompt_id, json.dumps(verdicts))

    def count(self, prompt_id: str) -> int:
        """How many rows the file has with responses to a prompt."""
        return self._kept.count(prompt_id)

    def of(self, prompt_id: str, sample: int) -> Given | None:
        """The verdict on a response; None where the file does not have the response."""
        text = self._kept.of(prompt_id, sample)
        if text is None:
            return None
        digest, items, error, reply = json.loads(text)
        return Given(digest, None if items is None else [Item(*item) for item in items], error, reply)


def digest_of(text: str) -> str:
    """A short name of a response's text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def verdict_rows(
    row: Row,
    given: Given | None,
    parts: Sequence[ScoredPart],
    judge: str,
    scale: tuple[float, float],
    counts: Counter[str],
) -> Iterator[Row]:
    """The rows of the judgements table for one response.

    Args:
        row: of the responses table.
        given: what the file has; None: nothing.
        parts: what a verdict on it scores, in order.
        judge: its name in the config.
        scale: lowest and highest score.
        counts: of what is in the file and cannot be used, by what it is; added to.
    """
    items: Sequence[Item] = []
    if row["response"] is None:
        counts["verdicts on responses without a text"] += given is not None and given.items is not None
        status, error = "no_response", None
    elif given is None or (given.items is None and given.error is None):
        status, error = "failed", "the file has no verdict on it"
    elif given.text != digest_of(row["response"]):
        counts["verdicts on another text than the responses have"] += 1
        status, error = "failed", "the file's verdict is on another text"
    elif given.items is None:
        status, error = "unparsed", given.error
    else:
        status, error, items = "ok", None, given.items
        names = {part.name for part in parts}
        counts["items on a criterion that does not exist"] += sum(item.part not in names for item in items)
    for part in parts:
        of_part = [item for item in items if item.part == part.name]
        counts["items that stand there twice"] += max(0, len(of_part) - 1)
        score, reading, why = _score(of_part, part, scale) if status == "ok" else (None, status, error)
        low, high = scale
        yield judgement_row(
            row,
            judge,
            0,
            part.name,
            reading,
            why,
            score=score,
            score_100=None if score is None else 100 * (score - low) / (high - low),
            weight=part.weight,
            reason=of_part[0].reason if of_part else None,
        ) | {"reply": given.reply if given and status in ("ok", "unparsed") else None}


def _score(items: Sequence[Item], part: ScoredPart, scale: tuple[float, float]) -> tuple[float | None, str, str | None]:
    """The score of a part, its status, and why there is none."""
    if not items:
        return None, "unparsed", "the verdict has no item on it"
    readings = {_number(item.score): _shown(item.score) for item in items}
    shown, *others = readings.values()
    if others:
        return None, "unparsed", f"it has more than one score: {shown} and {others[0]}"
    if (score := next(iter(readings))) is None:
        return None, "unparsed", f"the score is {shown}, no number"
    if not scale[0] <= score <= scale[1]:
        return None, "out_of_scale", f"the score is {shown}, not within {scale[0]:g}-{scale[1]:g}"
    if part.values is not None and score not in part.values:
        return None, "out_of_scale", f"the score is {shown}, not one of {', '.join(f'{v:g}' for v in part.values)}"
    return score, "ok", None


def _number(value: Any) -> float | None:
    """A score as a number; None for what is none. A cell of a CSV file is text."""
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if -_LARGEST < value < _LARGEST else None  # NaN is not between them


def _shown(value: Any) -> str:
    """A plain value for an error."""
    text = printable(json.dumps(value[: 2 * _SHOWN] if isinstance(value, str) else value, ensure_ascii=False))
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _plain(value: Any) -> str | int | float | None:
    """A cell as JSON holds it; of one that holds others only the kind, since it may be nested deeply."""
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "an object"
    return value if isinstance(value, str | int | float | None) else str(value)


def _is_null(cell: Any) -> bool:
    """NaN is pandas' way of saying null."""
    return cell is None or isinstance(cell, float) and math.isnan(cell)


def _read(row: Row, text: str, form: VerdictColumns, dimensions: Sequence[str] | None) -> Given:
    """The verdict in a row of a file."""
    reply = None if form.reply is None or _is_null(row[form.reply]) else text_of(_plain(row[form.reply]))
    if form.verdicts is None:
        cells = {name: row[column] for name, column in form.scores.items()}
        items = [Item(name, _plain(cell), None) for name, cell in cells.items() if not _is_null(cell)]
        return Given(text, items or None, None, reply)
    cell = row[form.verdicts]
    if isinstance(cell, str):
        try:
            cell = json.loads(cell)
        except (ValueError, RecursionError):
            return Given(text, None, f"the verdict is no list: {_shown(cell)}", None)
    if _is_null(cell):
        return Given(text, None, None, None)
    if not isinstance(cell, list):
        return Given(text, None, f"the verdict is no list: {_shown(_plain(cell))}", None)
    return Given(text, [_item(each, number, form, dimensions) for number, each in enumerate(cell)], None, None)


def _item(value: Any, number: int, form: VerdictColumns, dimensions: Sequence[str] | None) -> Item:
    """An item of a list.

    Args:
        number: of the item in its list, from 0.
    """
    keys = value if isinstance(value, dict) else {form.score: value}
    if form.position is not None:
        position = _number(keys.get(form.position))
        number = -1 if position is None or position != int(position) else int(position) - form.first
    if number < 0 or dimensions is not None and number >= len(dimensions):
        part = None
    else:
        part = str(number + 1) if dimensions is None else dimensions[number]
    reason = keys.get(form.reason)
    return Item(part, _plain(keys.get(form.score)), text_of(reason) if isinstance(reason, str) else None)
