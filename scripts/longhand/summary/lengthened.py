"""Self-Lengthen in numbers: lengths on the way, iteration by iteration, and how much longer its rounds made texts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from longhand.summary.inputs import Source, read_scored
from longhand.summary.rounds import round_rows
from longhand.tables.files import Row, read_rows
from longhand.tables.schemas import ANSWERED, PROMPTS
from longhand.tables.training_tables import SFT
from longhand.text.length import count_longbench_write


@dataclass(frozen=True)
class MadeTables:
    """The tables of what was made here.

    Attributes:
        traces, scores: by dataset and model.
        prompts: of made datasets, by name.
        sets: of fine-tuning data, by name.
    """

    traces: Mapping[tuple[str, str], Source]
    scores: Mapping[tuple[str, str], Source]
    prompts: Mapping[str, Path]
    sets: Mapping[str, Path]


def iterations(recipe: Mapping[str, Any]) -> range:
    """The iterations of an entry of self_lengthen, from 1; the last is the collection."""
    return range(1, recipe["iterations"] + 2)


def spread_of(values: Collection[float]) -> Row | None:
    """How many values there are, their median and the ends of their middle 80%; None without any."""
    if not values:
        return None
    low, middle, high = (float(x) for x in np.quantile(list(values), (0.1, 0.5, 0.9)))
    return {"n": len(values), "median": middle, "low": low, "high": high}


def lengthened_rows(name: str, recipe: Mapping[str, Any], tables: MadeTables) -> Iterator[Row]:
    """The rows of LENGTHENED of one entry; a stage without texts has none."""
    for i in iterations(recipe):
        first = _words_written(tables.scores.get((f"{name}.{i}.instructions", f"{name}.{i}.generator")))
        kept = words_of_contexts(tables.prompts.get(f"{name}.{i}.initial"))
        extended = _words_written(tables.scores.get((f"{name}.{i}.initial", f"{name}.{i}.extender")))
        stages: dict[str, Collection[float]] = {
            "first": first.values(),
            "kept": kept.values(),
            "extended": extended.values(),
            "learned": words_trained_on(tables.sets.get(f"{name}.{i}.generator")),
            "growth": [words / kept[prompt] for (prompt, _), words in extended.items() if kept.get(prompt)],
        }
        yield from _rows(name, i, stages)
    collected = words_of_contexts(tables.prompts.get(f"{name}.collected")).values()
    yield from _rows(name, None, {"collected": collected, "final": words_trained_on(tables.sets.get(name))})


def _rows(name: str, iteration: int | None, stages: Mapping[str, Collection[float]]) -> Iterator[Row]:
    for stage, values in stages.items():
        if spread := spread_of(values):
            yield {"name": name, "stage": stage, "iteration": iteration} | spread


def lengthened_round_rows(name: str, recipe: Mapping[str, Any], tables: MadeTables) -> Iterator[Row]:
    """The rows of LENGTHENED_ROUNDS of one entry, of the iterations whose extender was asked."""
    for i in iterations(recipe):
        if source := tables.traces.get((f"{name}.{i}.initial", f"{name}.{i}.extender")):
            first_words = words_of_contexts(tables.prompts.get(f"{name}.{i}.initial"))
            for row in round_rows(source.path, first_words, recipe["extend"]["rounds"]):
                yield {"name": name, "iteration": i} | row


def _words_written(scores: Source | None) -> dict[tuple[str, int], int]:
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
