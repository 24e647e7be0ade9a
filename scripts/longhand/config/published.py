"""How a benchmark publishes the scores of its rubric, and the totals of several datasets."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from longhand.program.errors import LonghandError


def published_way(rubric: Mapping[str, Any]) -> dict[str, Any] | None:
    """Factor and offset of published scores, and the rubric's scale; None: nothing says how they are published.

    Args:
        rubric: of the config; its `published` is a factor, or a mapping with `factor` and `offset`.
    """
    way = rubric.get("published")
    if way is None:
        return None
    return {"offset": 0, "scale": rubric["scale"], **(way if isinstance(way, dict) else {"factor": way})}


def published_totals(datasets: Mapping[str, Mapping[str, Any]], published: Collection[str]) -> dict[str, list[str]]:
    """The totals that several datasets make: name -> its datasets.

    Args:
        datasets: all of the config.
        published: those that are evaluated and have published scores. A total without any of them is left out.
    """
    return {total: parts for total, parts in _totals(datasets).items() if set(parts) & set(published)}


def check_totals(datasets: Mapping[str, Mapping[str, Any]], rubrics: Mapping[str, Mapping[str, Any]]) -> None:
    """Raises LonghandError for a total that can never be, since no rubric of its datasets says how it is published."""
    for total, parts in _totals(datasets).items():
        if all(published_way(rubrics.get(datasets[name]["rubric"], {})) is None for name in parts):
            what = f"`total` is a mean of published scores, and no rubric of total {total} has `published`"
            raise LonghandError(what, f"dataset {parts[0]}", "name a rubric that has it, or set `total: null`")


def _totals(datasets: Mapping[str, Mapping[str, Any]]) -> dict[str, list[str]]:
    totals: dict[str, list[str]] = {}
    for name, entry in datasets.items():
        if entry.get("total") is not None:
            totals.setdefault(entry["total"], []).append(name)
    return totals
