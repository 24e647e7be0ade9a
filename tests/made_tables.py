"""Tables of prompts and responses, for tests of what is made of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from longhand.methods.direct import unanswered_row
from longhand.methods.recorded import taken_row
from longhand.prompts.datasets import prompt_id
from longhand.tables.files import Row, read_rows, write_table
from longhand.tables.schemas import PROMPTS, RESPONSES
from make_prompts import main as make_prompts


def prompt(text: str, dataset: str = "source", **columns: Any) -> Row:
    """A row of the prompts table."""
    row = dict.fromkeys(PROMPTS.names) | {"prompt": text, "language": "en"} | columns
    return row | {"prompt_id": prompt_id(dataset, text, row["context"])}


def write_source(folder: Path, answers: list[tuple[Row, list[str | tuple[str, str | None]]]]) -> dict[str, list[Path]]:
    """Writes a source's tables: to each prompt its texts, or (status, text or error). Returns options of the step."""
    paths = {"prompts": [folder / "prompts.parquet"], "responses": [folder / "responses.parquet"]}
    write_table(paths["prompts"][0], (row for row, _ in answers), PROMPTS, "prepare_prompts")
    write_table(paths["responses"][0], (row for one in answers for row in _responses(*one)), RESPONSES, "x")
    return paths


def _responses(of: Row, texts: list[str | tuple[str, str | None]]) -> list[Row]:
    rows = []
    for sample, text in enumerate(texts):
        at = of | {"sample": sample}
        status, note = ("ok", text) if isinstance(text, str) else text
        if status in ("ok", "truncated"):
            rows.append(taken_row(at, "m", note or "") | {"status": status})
        else:
            rows.append(unanswered_row(at, "m", status, note or "", 1))
    return rows


def made(
    folder: Path, kind: str, settings: dict[str, Any], seed: int = 42, **files: list[Path]
) -> tuple[list[Row], dict[str, int]]:
    """The rows that the step make_prompts writes, and filter -> rows that it dropped (of "all": all rows)."""
    out, filters = folder / "made.parquet", folder / "filters.parquet"
    make_prompts(name="made", made=json.dumps({kind: settings}), seed=seed, **files, out=out, filters=filters)
    counted = list(read_rows(filters))
    left = counted[0]["left"]
    for number, row in enumerate(counted):
        left -= row["dropped"]
        assert (row["order"], row["left"]) == (number, left)
    rows = list(read_rows(out, PROMPTS))
    assert left == len(rows)
    return rows, {row["filter"]: row["dropped"] or row["left"] * (row["filter"] == "all") for row in counted}
