"""Which files from elsewhere can be read. Apart from their rows, so that reading a config stays light."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from longhand.program.errors import LonghandError

KINDS = ("jsonl", "json", "csv", "parquet")


def kind_of(entry: Mapping[str, Any]) -> str:
    """The kind of a dataset's file: the ending of its `path`, or of its `url` (`?download=true` is no part of it)."""
    name = entry["path"] if "path" in entry else urlsplit(entry["url"]).path
    return Path(name).suffix.lstrip(".")


def check_kind(kind: str, where: str) -> None:
    """Raises LonghandError where files that end so cannot be read."""
    if kind not in KINDS:
        raise LonghandError(f"'.{kind}' files cannot be read", where, "use .jsonl, .json, .csv or .parquet")
