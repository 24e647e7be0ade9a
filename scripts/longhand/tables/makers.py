"""Who made a table: the step, its Longhand, what it computed with, which settings, and for answers which model.

It stands in the metadata of the table's file, and no time and nothing operational with it: equal rows of one maker
give equal bytes. Another version gives other bytes, so what is made of a table that was written anew is made anew,
too. A version alone makes nothing stale, and no answer is asked again for it.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from longhand import __version__
from longhand.program.errors import LonghandError
from longhand.wire.identity import Identity, canonical

_KEY = "longhand"
_ALWAYS = ("pyarrow",)

_version = cache(version)


@dataclass(frozen=True)
class Maker:
    """A step that made a table, or rows that were gathered in it.

    Attributes:
        step: the rule.
        versions: by name, of `longhand`, `python` and the libraries that it computed with.
        model: of answers: the name that was asked for.
    """

    step: str
    versions: tuple[tuple[str, str], ...]
    model: str | None = None


def made_with(
    *packages: str,
    settings: Mapping[str, Any] | None = None,
    identity: Identity | None = None,
    sources: Iterable[Path] = (),
) -> dict[str, Any]:
    """What a table's metadata says beside its step.

    Args:
        packages: libraries that decide its numbers.
        settings: what it was made with: those settings that decide rows. A digest of them is kept.
        identity: of the model that gave the answers.
        sources: tables whose rows it holds, or whose makers a reader of it should know.
    """
    made: dict[str, Any] = {"packages": {name: _version(name) for name in packages}}
    if settings is not None:
        made["config"] = _digest(canonical(settings))
    if identity is not None:
        model = {"name": identity.model, "revision": identity.revision, "weights": identity.weights}
        made["model"] = model | {"backend": identity.backend, "identity": _digest(identity.to_json())}
    records = {canonical(record): record for path in sources for record in _records(path)}
    return made | ({"from": [records[text] for text in sorted(records)]} if records else {})


def metadata(step: str, made: Mapping[str, Any]) -> dict[str, str]:
    """The metadata of a table's file."""
    packages = {"python": platform.python_version(), **{name: _version(name) for name in _ALWAYS}}
    record = {"step": step, "version": __version__, **made, "packages": packages | made.get("packages", {})}
    return {_KEY: canonical(record)}


def makers(path: Path) -> list[Maker]:
    """Who made a table: first itself, then what it was gathered from.

    Raises:
        LonghandError: it cannot be read. A table without metadata has no maker.
    """
    return [
        Maker(
            step=str(record.get("step")),
            versions=(("longhand", str(record.get("version"))), *_python_first(record.get("packages", {}))),
            model=record["model"].get("name") if "model" in record else None,
        )
        for record in _records(path)
    ]


def _python_first(packages: Mapping[str, str]) -> list[tuple[str, str]]:
    return sorted(packages.items(), key=lambda pair: (pair[0] != "python", pair))


def _records(path: Path) -> list[dict[str, Any]]:
    """The record of a table and those of its sources, each without sources of its own."""
    try:
        known = pq.read_metadata(path).metadata or {}
    except (OSError, pa.ArrowInvalid) as e:
        raise LonghandError(f"not a readable Parquet table: {e}", str(path), "delete it; it will be made again") from e
    record = json.loads(known.get(_KEY.encode(), b"{}"))
    sources = record.pop("from", [])
    return [record, *sources] if record else []


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
