"""What a dataset that the graph makes is made of. Apart from its rows, so that reading a config stays light."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

QUERY_KINDS = ("fact", "summary", "reasoning", "places")
"""Kinds of queries about a document: on one place of it, on all of it, on what follows from it, on several places."""
AGAIN = "again"
"""The template of what is wanted where it is not the first of its kind about a document."""
QUERY_PROMPTS: Mapping[str, tuple[str, ...]] = dict.fromkeys(QUERY_KINDS, ()) | {AGAIN: ("wanted", "number")}
"""The templates of documents' prompts -> the placeholders that each must have."""


def sources_of(made: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The datasets and models whose responses a dataset is made of, in order.

    Args:
        made: its kind -> the settings of it.
    """
    ((kind, settings),) = made.items()
    sources = {"slots": [], "documents": [], "drawn": [], "answers": settings.get("from", [])}.get(kind, [settings])
    return [(source["dataset"], source["model"]) for source in sources]


def drawn_from(made: Mapping[str, Any]) -> str | None:
    """The dataset whose prompts a dataset is a sample of; None where it is made in another way."""
    source: str | None = made.get("drawn", {}).get("dataset")
    return source
