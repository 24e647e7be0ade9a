"""Limits that several models and judges of the config share."""

from __future__ import annotations

from collections.abc import Mapping

from longhand.config.reached import ConfigEntry
from longhand.program.errors import LonghandError


def check_limits(sections: Mapping[str, Mapping[str, ConfigEntry]]) -> None:
    """Raises LonghandError where entries under one limit differ in their concurrency, or a job starts the server."""
    first: dict[str, tuple[str, int]] = {}  # limit -> the entry that names it first, and its concurrency
    for kind, entries in sections.items():
        for name, entry in entries.items():
            if "limit" not in entry.settings:
                continue
            entry_name, limit, concurrency = f"{kind}.{name}", entry.settings["limit"], entry.settings["concurrency"]
            if entry.backend != "openai":
                what = f"'limit' is for backend openai, not {entry.backend}"
                raise LonghandError(what, f"config {entry_name}", "remove it: concurrency counts for each server")
            other, expected = first.setdefault(limit, (entry_name, concurrency))
            if concurrency != expected:
                numbers = f"{other} has concurrency {expected}, {entry_name} {concurrency}"
                raise LonghandError(f"{numbers}, under one limit '{limit}'", "config", "give both the same number")
