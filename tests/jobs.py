"""What the tests of ask jobs share: prompts, and tables without what differs from run to run."""

from __future__ import annotations

from pathlib import Path

from longhand.tables import Row, read_rows

ROWS = 12
CHANGING = {"seconds", "attempts"}


def prompts(number: int = ROWS) -> list[Row]:
    """Rows to ask for."""
    return [
        {"prompt_id": f"{n:04d}", "sample": 0, "prompt": f"prompt {n}", "context": None, "reference": None}
        for n in range(number)
    ]


def rows_of(table: Path) -> list[Row]:
    """A table's rows without seconds and attempts."""
    return [{key: value for key, value in row.items() if key not in CHANGING} for row in read_rows(table)]
