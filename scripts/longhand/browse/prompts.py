"""Prompts as the page reads them: with their contexts, what judges took out of these, and how responses begin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from longhand.browse.offsets import Offsets
from longhand.browse.side_files import without_nulls, write_side_file
from longhand.browse.word_index import WordIndex
from longhand.browse.words import words_of
from longhand.tables.files import BATCH_ROWS, Row, read_rows, read_table
from longhand.tables.in_step import rows_in_step
from longhand.tables.prompt_rows import PromptRows
from longhand.tables.schemas import FACTS, PROMPTS, RESPONSES

OF_FACTS = ["chunk", "start", "end", "status", "error", "facts"]
EXCERPT = 240
"""Characters of a response in a grid."""


def read_excerpts(responses: Path) -> pa.Table:
    """How each response of a table begins: `prompt_id`, `sample`, `begins`. Its texts are read one after another."""
    begins = [(row["response"] or "")[:EXCERPT] for row in read_rows(responses, RESPONSES, ["response"])]
    keys = read_table(responses, RESPONSES, ["prompt_id", "sample"])
    return keys.append_column("begins", pa.array(begins, pa.string()))


def _rows_of(table: pa.Table) -> Iterator[Row]:
    for batch in table.to_batches(max_chunksize=BATCH_ROWS):
        yield from batch.to_pylist()


def write_prompts(
    browse: Path, dataset: str, prompts: Path, excerpts: Sequence[pa.Table], facts: Mapping[str, Path]
) -> tuple[int, int]:
    """Writes `prompts/{dataset}` and `prompt-words/{dataset}`.

    Args:
        browse: the reader's folder.
        prompts: the dataset's table.
        excerpts: of each model.
        facts: by judge, the table of what it took out of contexts.

    Returns:
        How many prompts there are, and files of their words.
    """
    number = 0
    with WordIndex(browse) as index:
        ids = [(row["prompt_id"],) for row in read_rows(prompts, PROMPTS, ["prompt_id"])]
        begun = [rows_in_step(ids, _rows_of(table), ["prompt_id"], f"responses to {dataset}") for table in excerpts]
        taken = {
            judge: rows_in_step(ids, read_rows(path, FACTS, ["prompt_id", *OF_FACTS]), ["prompt_id"], str(path))
            for judge, path in facts.items()
        }
        for number, prompt in enumerate(PromptRows(prompts, PROMPTS).whole(), 1):
            row = {"id": prompt.pop("prompt_id")} | without_nulls(prompt)
            if prompt["criteria"]:
                row["criteria"] = list(map(_criterion, prompt["criteria"]))
            row["excerpts"] = _excerpts([next(rows) for rows in begun])
            chunks = {judge: next(rows) for judge, rows in taken.items()}
            row["facts"] = {judge: _facts(rows, prompt["context"] or "") for judge, rows in chunks.items() if rows}
            write_side_file(browse, f"prompts/{dataset}/{number - 1}", row)
            index.add(number - 1, words_of(prompt["prompt"]))
        return number, index.write(f"prompt-words/{dataset}")


def _excerpts(models: Sequence[Sequence[Row]]) -> dict[str, list[Any]]:
    rows = [(place, row) for place, of_model in enumerate(models) for row in of_model if row["begins"]]
    return {
        "model": [place for place, _ in rows],
        "sample": [row["sample"] for _, row in rows],
        "begins": [row["begins"] for _, row in rows],
    }


def _criterion(criterion: Row) -> Row:
    """A criterion without what it does not have."""
    levels = [without_nulls(level) for level in criterion["levels"] or []]
    return without_nulls(criterion | {"levels": levels or None})


def _facts(rows: Sequence[Row], context: str) -> list[Row]:
    """What was taken out of a context; its places as the page counts them."""
    offsets = Offsets(context)
    named = [{name: row[name] for name in OF_FACTS} for row in rows]
    return [without_nulls(row | {name: offsets.of(row[name]) for name in ("start", "end")}) for row in named]
