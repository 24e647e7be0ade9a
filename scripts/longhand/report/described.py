"""What was run, as names and values that can be read: settings without braces, addresses without secrets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from longhand.report.wording import DASH, seen

HIDDEN = "(hidden)"

# An engine flag such as `api-key` holds a secret; `api_key_env` names where it is, and `max_tokens` is none.
_SECRET = re.compile(r"(^|[-_.])(key|token|secret|password|authorization|cookie)$", re.IGNORECASE)

_FIRST = ("description", "backend", "model", "revision", "path", "url", "sha256", "method", "samples", "repeats")


def described(entry: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The settings of a model, judge or dataset as (name, value), nested ones as `sampling › temperature`."""
    first = {name: entry[name] for name in _FIRST if name in entry}
    return list(_pairs({**first, **entry}, ()))


def _pairs(entry: Mapping[str, Any], above: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for name, value in entry.items():
        path = (*above, str(name))
        if isinstance(value, Mapping):
            yield from _pairs(value, path)
        else:
            yield seen(" › ".join(path)), HIDDEN if value and _SECRET.search(str(name)) else _value(value)


def _value(value: Any) -> str:
    if value is None or value == []:
        return DASH
    if isinstance(value, list):
        return ", ".join(_value(item) for item in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {shown}" for name, shown in _pairs(value, ()))
    return seen(_address(value)) if isinstance(value, str) else json.dumps(value)


def _address(text: str) -> str:
    """An address without what may be secret in it: user, password and query."""
    if not re.match(r"[a-z][a-z0-9+.-]*://", text, re.IGNORECASE):
        return text
    try:
        parts = urlsplit(text)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return HIDDEN
    return urlunsplit((parts.scheme, host, parts.path, HIDDEN if parts.query else "", ""))
