"""The prompts whose responses the report shows, the same for all models and in every run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from longhand.summary.inputs import rows_of
from longhand.tables.files import Row, read_table
from longhand.tables.schemas import PROMPTS
from longhand.text.opening import opening
from longhand.text.requirement import COLUMNS, aimed_at

WORDS = 120
"""Of a prompt that are shown."""


def shown_prompt_rows(path: Path) -> Iterator[Row]:
    """Rows of SHOWN_PROMPTS of one dataset: one prompt of each third by required length.

    Prompts without a required length are picked from only where no prompt has one.
    """
    table = read_table(path, PROMPTS, columns=["prompt_id", "language", *COLUMNS])
    rows = sorted(table.to_pylist(), key=lambda row: (aimed_at(row) or 0, row["prompt_id"]))
    picked = one_of_each_third([row for row in rows if aimed_at(row)] or rows)
    columns = ["prompt_id", "prompt", "language", "category", *COLUMNS]
    texts = {row["prompt_id"]: row for row in rows_of(path, PROMPTS, set(picked), columns)}
    for place, prompt_id in enumerate(picked):
        row = texts[prompt_id]
        begins = opening(row.pop("prompt"), WORDS)
        yield {"dataset": path.parent.name, "place": place, "opening": begins} | row


def one_of_each_third(rows: list[Row]) -> list[str]:
    """Ids of prompts near the middle of each third, the languages in turn where there are several."""
    picked: list[str] = []
    shown: Counter[str] = Counter()
    for part in range(3):
        first, last = len(rows) * part // 3, len(rows) * (part + 1) // 3 - 1
        third = [(shown[rows[i]["language"]], abs(2 * i - first - last), i) for i in range(first, last + 1)]
        if third:
            chosen = rows[min(third)[-1]]
            shown[chosen["language"]] += 1
            picked.append(chosen["prompt_id"])
    return picked
