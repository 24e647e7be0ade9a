"""Files that a dataset's criteria are in beside its own: criteria by category, and views."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from longhand.program.errors import LonghandError
from longhand.prompts.criteria import CriteriaForm, names_of
from longhand.prompts.sources import read_source, text_of


def criteria_form(
    settings: Mapping[str, Any],
    columns: Mapping[str, str | None],
    by_category: Path | None,
    views: Mapping[str, tuple[Path, str]],
) -> CriteriaForm:
    """How a dataset has its criteria, with what its further files hold.

    Args:
        settings: `criteria` of the dataset: name, description, levels, values, weight, weights; and `needed`.
        columns: `fields` of the dataset; a view has the same columns for request and criteria.
        by_category: a JSON file, category -> criteria; None: there is none.
        views: name -> its file, and of what kind that is (jsonl, json, csv or parquet).

    Raises:
        LonghandError: a file cannot be read as what it should be; the line is named.
    """
    keys = {ours: settings[ours] for ours in ("name", "description", "values", "weight") if settings.get(ours)}
    form = CriteriaForm(keys, settings.get("levels") or ())
    prompt, criteria = columns.get("prompt") or "prompt", columns.get("criteria") or "criteria"
    return CriteriaForm(
        keys,
        form.levels,
        {} if by_category is None else _by_category(by_category),
        settings.get("weights") or {},
        {name: _view(file, kind, prompt, criteria, form) for name, (file, kind) in views.items()},
        settings.get("needed", False),
    )


def _by_category(file: Path) -> dict[str, Any]:
    try:
        items = json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as e:
        raise LonghandError(f"cannot read: {e.strerror}", str(file)) from e
    except (ValueError, RecursionError) as e:
        raise LonghandError(f"not JSON: {e}", str(file)) from e
    if not isinstance(items, dict):
        raise LonghandError("criteria by category are no JSON object", str(file), "category -> list of criteria")
    return items


def _view(file: Path, kind: str, prompt: str, criteria: str, form: CriteriaForm) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for place, row in read_source(file, kind):
        where = f"{file} {place}"
        for column in (prompt, criteria):
            if column not in row:
                raise LonghandError(f"there is no column '{column}', which the dataset has", where)
        request = text_of(row[prompt]) or ""
        if request in names:
            raise LonghandError("the prompt stands in the view already", where, "remove one")
        names[request] = names_of(row[criteria], form, where)
    return names
