"""Structured replies: the request field that asks for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PLAIN, JSON_SCHEMA = "text", "json_schema"
# Characters; bounds on free text keep vLLM's guided replies from running to a judge's default max_tokens.
_ANALYSIS, _ANALYSES = 1000, 2000  # of one; of all in a reply


def response_format(kind: str, name: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """The request field that asks for an object with these properties, all of them; empty for `text`.

    Args:
        kind: text, json_object or json_schema.
        name: of the schema.
        properties: name -> JSON schema, in the order in which they shall come.
    """
    if kind != JSON_SCHEMA:
        return {} if kind == PLAIN else {"response_format": {"type": kind}}
    wanted = {"name": name, "schema": object_of(properties), "strict": True}
    return {"response_format": {"type": kind, "json_schema": wanted}}


def object_of(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of an object with all of these properties and no others: strict schemas want that at any depth."""
    required = {"required": list(properties), "additionalProperties": False}
    return {"type": "object", "properties": dict(properties), **required}


def analysis(*, bounded: bool, grades: int = 1) -> dict[str, Any]:
    """The schema of the words that come before a grade.

    Args:
        bounded: limit their length (vLLM; not every API knows maxLength).
        grades: in the reply, each with such words.
    """
    return string_of(min(_ANALYSIS, max(_ANALYSES // grades, 1)) if bounded else None)


def string_of(longest: int | None) -> dict[str, Any]:
    """The schema of a text of so many characters at most."""
    return {"type": "string"} | ({} if longest is None else {"maxLength": longest})


def list_of(items: Mapping[str, Any], fewest: int | None, most: int | None) -> dict[str, Any]:
    """The schema of a list; None: any number."""
    limits = {"minItems": fewest, "maxItems": most}
    return {"type": "array", "items": dict(items)} | {name: n for name, n in limits.items() if n is not None}
