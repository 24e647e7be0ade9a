"""Conversations in the form in which TRL counts the loss on the answers only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from longhand.tables.files import Row, read_rows, write_table
from longhand.tables.training_tables import SFT

_MESSAGES = SFT.field("messages").type
CONVERSATIONS = pa.schema([pa.field("prompt", _MESSAGES), pa.field("completion", _MESSAGES)])


def write_conversations(data: Path, out: Path) -> Path:
    """Writes `messages` as prompt and completion, the last message: of `messages` TRL would train on prompts too."""

    def rows() -> Iterator[Row]:
        for row in read_rows(data, SFT):
            yield {"prompt": row["messages"][:-1], "completion": row["messages"][-1:]}

    write_table(out, rows(), CONVERSATIONS, "train_model")
    return out
