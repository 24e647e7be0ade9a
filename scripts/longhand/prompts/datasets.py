"""From a file of writing requests to the prompts table, and from prompts to shards."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from longhand.program.errors import LonghandError
from longhand.prompts.criteria import CriteriaForm, criteria_rows
from longhand.prompts.forms import with_form
from longhand.prompts.labels import text_rows
from longhand.prompts.references import examples_of, references_of
from longhand.prompts.required_length import read_required
from longhand.prompts.sources import read_source, text_of
from longhand.prompts.sweep import sweep_prompt
from longhand.tables.files import Row
from longhand.text.language import language_of
from longhand.text.requirement import CONSTRAINTS, REQUIRED, Requirement, implied_constraint

LANGUAGES = ("en", "zh")
OPTIONAL = ("category", *REQUIRED, "constraint", "language", "context", "reference", "examples", "criteria")
LENGTH_OF = {"about": "required", "above": "required_min", "below": "required_max"}
_MOST = 2**53  # words; from here on a float is no whole number any more
_THOUSANDS = re.compile(r"\d{1,3}(,\d{3})+")


def prompt_id(dataset: str, prompt: str, context: str | None) -> str:
    """A name for a prompt that stays the same wherever it stands in whichever file: 16 hex digits."""
    content = json.dumps([dataset, prompt, context], ensure_ascii=False)
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def prepare_prompts(
    name: str,
    fields: Mapping[str, str | None],
    file: Path,
    kind: str,
    sweep: Mapping[str, Any] | None = None,
    lengths: Counter[str] | None = None,
    forms: Mapping[str, str] | None = None,
    criteria: CriteriaForm | None = None,
    categories: Sequence[Mapping[str, str]] = (),
    labels: Mapping[str, str] | None = None,
) -> Iterator[Row]:
    """The rows of the prompts table, in the file's order.

    Args:
        name: the dataset's name, a part of each prompt_id.
        fields: columns, ours -> theirs, which must be there. A column with one of our names is read without being
            named, unless `fields` has null for it. The column `stated` is text that may state the length: it is read
            where a row has no number of its own.
        file: the data.
        kind: jsonl, json, csv or parquet.
        sweep: lengths and constraints to put into each prompt (longhand.prompts.sweep); None: none.
        lengths: counts the rows of the file by where their length is from, if `stated` is named: own, read, none.
        forms: category -> what stands around request and context (longhand.prompts.forms); others stay as they are.
        criteria: how the file has criteria (longhand.prompts.criteria); None: as we write them.
        categories: {begins, category}: the category of rows without one whose prompts begin so; the first that fits.
        labels: of a file of pairs, the columns of both texts (longhand.prompts.labels): a text is a row.

    Raises:
        LonghandError: no rows, a named column is missing, an empty or repeated prompt, a length that is not a
            positive whole number, or one that its constraint cannot have, a reference, an example or a criterion that
            is none, a prompt of a view that is not in the file; the line is named.
    """
    seen: dict[str, str] = {}
    form_of_criteria = criteria or CriteriaForm()
    in_views = {request: view for view, requests in form_of_criteria.views.items() for request in requests}
    named = {ours: theirs for ours, theirs in fields.items() if theirs is not None}
    unnamed = [ours for ours in OPTIONAL if ours not in fields and ours != named.get("stated")]
    for place, source in read_source(file, kind):
        where = f"{file} {place}"
        if missing := [theirs for theirs in named.values() if theirs not in source]:
            what = f"there is no column '{missing[0]}', only: {', '.join(map(str, source))}"
            fix = "give it here too, null where it has no value" if seen else "name it in `fields`"
            raise LonghandError(what, where, fix)
        known = {ours: source.get(ours) for ours in unnamed} | {ours: source[theirs] for ours, theirs in named.items()}
        request = text_of(known["prompt"])
        if categories and known.get("category") is None:
            known["category"] = _category_of(request or "", categories, where)
        category = text_of(known.get("category"))
        known["criteria"] = criteria_rows(known.get("criteria"), category, request or "", form_of_criteria, where)
        in_views.pop(request or "", None)
        if (form := (forms or {}).get(category or "")) is not None:
            texts = with_form(form, request, text_of(known.get("context")), where)
            known |= zip(("prompt", "context"), texts, strict=True)
        rows = _rows(name, known, sweep, lengths, where)
        for row in rows if labels is None else text_rows(name, rows, source, labels, where):
            if row["prompt_id"] in seen and labels is not None:
                continue  # a text of several pairs
            if row["prompt_id"] in seen:
                raise LonghandError(f"the prompt stands in {seen[row['prompt_id']]} already", where, "remove one")
            seen[row["prompt_id"]] = place
            yield row
    if not seen:
        raise LonghandError("the file has no prompts", str(file))
    if in_views:
        request, view = next(iter(in_views.items()))
        what = f"view {view} has a prompt that the dataset lacks: {request[:60]!r}"
        raise LonghandError(what, str(file), "a view's prompts are those of the dataset, letter by letter")


def _category_of(request: str, categories: Sequence[Mapping[str, str]], where: str) -> str:
    for each in categories:
        if request.startswith(each["begins"]):
            return each["category"]
    raise LonghandError("the prompt begins as none of the dataset's `categories`", where, "add how it begins")


def _rows(
    name: str, source: Row, sweep: Mapping[str, Any] | None, counts: Counter[str] | None, where: str
) -> Iterator[Row]:
    if "stated" in source:
        source, origin = _with_stated(source, where)
        if counts is not None:
            counts[origin] += 1
    row = _row(name, source, where)
    if sweep is None:
        yield row
        return
    if stated_columns := [key for key in (*REQUIRED, "constraint") if row[key] is not None]:
        fix = f"leave out one of the two; `fields: {{{stated_columns[0]}: null}}` does not read the column"
        raise LonghandError(f"the row has {stated_columns[0]} of its own, and its dataset a sweep", where, fix)
    for prompt, requirement in sweep_prompt(row["prompt"], row["language"], sweep, where):
        yield row | {"prompt_id": prompt_id(name, prompt, row["context"]), "prompt": prompt, **requirement._asdict()}


def _with_stated(source: Row, where: str) -> tuple[Row, str]:
    """The row with the length that its text states, and where its length is from: own, read or none."""
    if any(_whole_number(source.get(key), key, where) is not None for key in REQUIRED):
        return source, "own"
    read = read_required(text_of(source["stated"]) or "")
    if read is None:
        return source, "none"
    constraint = _one_of(source.get("constraint"), CONSTRAINTS, "constraint", where) or read.constraint
    if constraint != read.constraint:
        number = read.stated
        if number is None or constraint == "range" or {constraint, read.constraint} == {"above", "below"}:
            stated_length = "-".join(str(length) for length in read[1:] if length is not None)
            conflict = f"constraint is {constraint}, but the text states {read.constraint} {stated_length} words"
            raise LonghandError(conflict, where, "correct one of them, or `fields: {constraint: null}`")
        read = Requirement(constraint, **{LENGTH_OF[constraint]: number})
    return source | read._asdict(), "read"


def _row(name: str, source: Row, where: str) -> Row:
    prompt, context = text_of(source["prompt"]), text_of(source.get("context"))
    if prompt is None or not prompt.strip():
        raise LonghandError("the prompt is empty", where)
    lengths = {key: _whole_number(source.get(key), key, where) for key in REQUIRED}
    constraint = _one_of(source.get("constraint"), CONSTRAINTS, "constraint", where)
    constraint = constraint or implied_constraint(**lengths)
    _check_lengths(constraint, lengths, where)
    reference, other_references = references_of(source.get("reference"), where)
    return {
        "prompt_id": prompt_id(name, prompt, context),
        "prompt": prompt,
        "language": _one_of(_language(source.get("language")), LANGUAGES, "language", where) or language_of(prompt),
        "category": text_of(source.get("category")),
        "constraint": constraint,
        **lengths,
        "context": context,
        "reference": reference,
        "other_references": other_references,
        "examples": examples_of(source.get("examples"), where),
        "criteria": source.get("criteria"),
    }


_NEEDED = {"range": ("required_min", "required_max"), "about": ("required",)}
_OTHER = {"above": "required_max", "below": "required_min"}


def _check_lengths(constraint: str | None, lengths: Mapping[str, int | None], where: str) -> None:
    """Lengths must fit each other and the constraint; a row without any may have one: its text may have stated none."""
    low, length, high = (lengths[key] for key in ("required_min", "required", "required_max"))
    if low is not None and high is not None and low > high:
        raise LonghandError(f"required_min {low} is more than required_max {high}", where)
    if length is not None and not (low or length) <= length <= (high or length):
        raise LonghandError(f"required {length} is not within required_min and required_max", where)
    given = {key for key, value in lengths.items() if value is not None}
    if constraint is None or not given:
        return
    if missing := [key for key in _NEEDED.get(constraint, ()) if key not in given]:
        conflict = f"constraint is {constraint}, but there is no {missing[0]}"
    elif _OTHER.get(constraint) in given:
        conflict = f"constraint is {constraint}, but there is a {_OTHER[constraint]}"
    else:
        return
    raise LonghandError(conflict, where, "correct one of them, or `fields: {constraint: null}`")


def _whole_number(value: Any, key: str, where: str) -> int | None:
    if value is None or (isinstance(value, float) and math.isnan(value)):  # NaN: pandas' way of saying null
        return None
    try:
        text = value.strip() if isinstance(value, str) else value
        number = float(text.replace(",", "") if isinstance(text, str) and _THOUSANDS.fullmatch(text) else text)
        if number != int(number) or not 0 < number <= _MOST or isinstance(value, bool):
            raise ValueError
    except (ValueError, TypeError, OverflowError):
        raise LonghandError(f"{key} is {value!r}, not a positive whole number of words", where) from None
    return int(number)


def _language(value: Any) -> Any:
    return "zh" if value == "cn" else value  # LIFEBench's name for it


def _one_of(value: Any, allowed: tuple[str, ...], key: str, where: str) -> str | None:
    if value is None or value in allowed:
        return None if value is None else str(value)
    raise LonghandError(f"{key} is {value!r}, not one of {', '.join(allowed)}", where, f"or `fields: {{{key}: null}}`")
