"""Prompts as ask jobs take them: which columns, in which order, which shard."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from longhand.tables.files import Row
from longhand.tables.schemas import PROMPTS, subschema
from longhand.text.requirement import COLUMNS, aimed_at

SHARD_COLUMNS = (
    "prompt_id",
    "prompt",
    "language",
    *COLUMNS,
    "context",
    "reference",
    "other_references",
    "examples",
    "criteria",
)
"""What ask jobs read. A prompt's category is not among it: correcting one asks nothing again."""
SHARD_SCHEMA = subschema(PROMPTS, SHARD_COLUMNS)


def longest_first(rows: Iterable[Row]) -> list[Row]:
    """Rows by falling required length, unknown lengths first: no long answer is left to the end."""
    return sorted(rows, key=lambda row: -(aimed_at(row) or 1 << 40))


def shard_of(row_id: str, shards: int) -> int:
    """The shard of a prompt: it depends on the id only, so that a new prompt moves no other."""
    return int(hashlib.sha256(row_id.encode()).hexdigest()[:8], 16) % shards
