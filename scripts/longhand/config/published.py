"""How a benchmark publishes the scores of its rubric."""

from __future__ import annotations

from collections.abc import Mapping
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
