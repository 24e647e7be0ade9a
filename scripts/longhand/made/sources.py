"""What a dataset that the graph makes is made of. Apart from its rows, so that reading a config stays light."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def sources_of(made: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The datasets and models whose responses a dataset is made of, in order.

    Args:
        made: its kind -> the settings of it.
    """
    ((kind, settings),) = made.items()
    sources = {"slots": [], "answers": settings.get("from", [])}.get(kind, [settings])
    return [(source["dataset"], source["model"]) for source in sources]
