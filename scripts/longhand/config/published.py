"""How a benchmark publishes the scores of its rubric, and the totals of several datasets."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any


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
    totals: dict[str, list[str]] = {}
    for name, entry in datasets.items():
        if entry.get("total") is not None:
            totals.setdefault(entry["total"], []).append(name)
    return {name: parts for name, parts in totals.items() if set(parts) & set(published)}
