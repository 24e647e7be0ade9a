"""The tables of data that was made here, and words of the texts in them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from longhand.summary.inputs import Source, read_scored
from longhand.tables.files import read_rows, read_table
from longhand.tables.schemas import ANSWERED, PROMPTS
from longhand.tables.training_tables import SFT
from longhand.text.length import count_longbench_write


@dataclass(frozen=True)
class Spread:
    """Words of `n` texts, or how many times as long they are: the median and the middle 80%."""

    n: int
    median: float
    low: float
    high: float


@dataclass(frozen=True)
class MadeTables:
    """The tables of what was made here.

    Attributes:
        traces, scores: by dataset and model.
        prompts: of made datasets; `filters`: what was dropped of them. By name.
        sets: of fine-tuning data; `set_filters`: what was dropped of them. By name.
    """

    traces: Mapping[tuple[str, str], Source]
    scores: Mapping[tuple[str, str], Source]
    prompts: Mapping[str, Path]
    filters: Mapping[str, Path]
    sets: Mapping[str, Path]
    set_filters: Mapping[str, Path]


def spread_of(values: Collection[float]) -> Spread | None:
    """The spread of some values; None without any."""
    if not values:
        return None
    low, middle, high = (float(x) for x in np.quantile(list(values), (0.1, 0.5, 0.9)))
    return Spread(len(values), middle, low, high)


def words_written(scores: Source | None) -> dict[tuple[str, int], int]:
    """Words of the responses that have a text, by prompt and sample."""
    if scores is None:
        return {}
    table = read_scored(scores.path, ["prompt_id", "sample", "status", "words_longbench_write"])
    table = table.filter(pc.is_in(table["status"], value_set=pa.array(ANSWERED)))
    ids, samples, words = (table[name].to_pylist() for name in ("prompt_id", "sample", "words_longbench_write"))
    return dict(zip(zip(ids, samples, strict=True), words, strict=True))


def words_of_contexts(prompts: Path | None) -> dict[str, int]:
    """Words of the texts that a dataset's prompts come with, by prompt. The texts are counted and not kept."""
    rows = read_rows(prompts, PROMPTS, ["prompt_id", "context"]) if prompts else ()
    return {row["prompt_id"]: count_longbench_write(row["context"]) for row in rows if row["context"] is not None}


def words_trained_on(data: Path | None) -> list[int]:
    """Words of the answers in a set of fine-tuning data, without what is mixed in. Texts are counted and not kept.

    The table's own `words` are by the counter of its dataset's length rule: beside other texts they would look longer.
    """
    rows = read_rows(data, SFT, ["messages", "prompt_id"]) if data else ()
    return [count_longbench_write(row["messages"][-1]["content"]) for row in rows if row["prompt_id"] is not None]


def mixed_in(data: Path | None) -> dict[str, int]:
    """General conversations in a set of fine-tuning data, which no model of the run wrote: by the name of their set."""
    if data is None:
        return {}
    table = read_table(data, SFT, columns=["source", "prompt_id"])
    sources = table.filter(pc.is_null(table["prompt_id"]))["source"]
    return {each["values"]: each["counts"] for each in pc.value_counts(sources).to_pylist()}
