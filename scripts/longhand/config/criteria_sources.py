"""Files that a dataset's criteria are in beside its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def view_sources(dataset: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The views of a dataset's criteria: name -> `path`, or `url` and `sha256`; in the order of their names."""
    return dict(sorted(_criteria(dataset).get("views", {}).items()))


def by_category_source(dataset: Mapping[str, Any]) -> dict[str, Any] | None:
    """Where the criteria by category are; None: the dataset has none."""
    source: dict[str, Any] | None = _criteria(dataset).get("by_category")
    return source


def criteria_sources(dataset: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """All of these files: the setting that names one ("criteria.views.C") -> `path`, or `url` and `sha256`."""
    views = {f"criteria.views.{name}": source for name, source in view_sources(dataset).items()}
    by_category = by_category_source(dataset)
    return views if by_category is None else {"criteria.by_category": by_category} | views


def criteria_settings(dataset: Mapping[str, Any]) -> dict[str, Any]:
    """What of `criteria` decides the prompts table beside these files."""
    without_files = ("name", "description", "levels", "values", "weight", "weights")
    return {key: value for key, value in _criteria(dataset).items() if key in without_files}


def _criteria(dataset: Mapping[str, Any]) -> Mapping[str, Any]:
    criteria: Mapping[str, Any] = dataset.get("criteria", {})
    return criteria
