"""What is read from the tables of a run: narrow columns in streams, and the texts of a few rows only."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from longhand.program.errors import LonghandError
from longhand.tables.files import Row, open_table, read_table
from longhand.tables.schemas import JUDGEMENTS, RESPONSES
from longhand.tables.score_tables import SCORES

NARROW_ROWS = 65_536
"""Rows at a time where only ids, states and numbers are read."""

REASON = 160
"""Characters of an error that are shown."""


@dataclass(frozen=True)
class ReportSettings:
    """How the run was set up; what was not told is left out of the page.

    Attributes:
        reader: whether the reader is made beside the page.
        models, judges: those of the evaluation and of preference pairs, with their settings.
        pairs: by name of the preference pairs, their `dataset`, `models` and `judge`.
        made, sft: by name of a dataset made here, or of fine-tuning data, which `dataset` and `model` it is made of, or
            `from` which several. What entries of self_lengthen stand for is not among them.
        self_lengthen: by name, its settings.
    """

    title: str = "Long-form generation"
    seed: int | None = None
    missing: str = "exclude"
    min_coverage: float | None = None
    reader: bool = False
    datasets: dict[str, dict[str, Any]] = field(default_factory=dict)
    models: dict[str, dict[str, Any]] = field(default_factory=dict)
    judges: dict[str, dict[str, Any]] = field(default_factory=dict)
    pairs: dict[str, dict[str, Any]] = field(default_factory=dict)
    made: dict[str, dict[str, Any]] = field(default_factory=dict)
    sft: dict[str, dict[str, Any]] = field(default_factory=dict)
    self_lengthen: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def demo_models(self) -> list[str]:
        return [name for name, entry in self.models.items() if entry.get("backend") == "demo"]

    @property
    def demo_judges(self) -> list[str]:
        return [name for name, entry in self.judges.items() if entry.get("backend") == "demo"]


def sources_of_data(entry: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Datasets and models that an entry of `sft`, or the settings of a made dataset, names."""
    named = entry.get("from", [entry])
    return [(source["dataset"], source["model"]) for source in named if "model" in source]


def read_settings(path: Path) -> ReportSettings:
    """The settings file of the report. Raises LonghandError when it is not a JSON object of the known keys."""
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
        known = {name: settings[name] for name in ReportSettings.__dataclass_fields__ if settings.get(name) is not None}
        for kind in ("datasets", "models", "judges", "pairs", "made", "sft", "self_lengthen"):
            for name, entry in known.get(kind, {}).items():
                if not isinstance(entry, dict):
                    raise ValueError(f"{kind} {name} is no mapping")
    except (OSError, ValueError, AttributeError, TypeError) as e:
        raise LonghandError(f"not readable report settings: {e}", str(path)) from e
    return ReportSettings(**known)


@dataclass(frozen=True)
class Source:
    """A table of a run and what it is about; the folders tell."""

    path: Path
    dataset: str
    model: str
    judge: str | None = None


def sources(paths: list[Path], judged: bool = False) -> list[Source]:
    """Tells dataset, model (and judge) from `results/{dataset}/{model}/[judgements/{judge}[.traces]]*.parquet`."""
    tables = []
    for path in paths:
        folders = path.parts[:-2] if judged else path.parts[:-1]
        if len(folders) < 2:
            raise LonghandError("the folders do not tell dataset and model", str(path))
        tables.append(Source(path, folders[-2], folders[-1], path.stem.removesuffix(".traces") if judged else None))
    return tables


def read_scored(path: Path, columns: list[str]) -> pa.Table:
    """Columns of a table of scores, each response once however many judges it has."""
    table = read_table(path, SCORES, columns=["judge", *columns])
    if table.num_rows:
        first = table["judge"][0]
        table = table.filter(pc.equal(table["judge"], first) if first.is_valid else pc.is_null(table["judge"]))
    return table.select(columns)


def batches_of(path: Path, schema: pa.Schema, columns: list[str], rows: int = NARROW_ROWS) -> Iterator[pa.RecordBatch]:
    """Some columns of a table, so many rows at a time."""
    with open_table(path, schema) as file:
        yield from file.iter_batches(batch_size=rows, columns=columns)


@dataclass
class Tally:
    """What is counted in a table of responses or judgements.

    Attributes:
        statuses: rows by status.
        finishes: responses by finish reason.
        reasons: errors as (status, reason).
        names: rows by the model's name that the server reported, where it did.
        servers: rows by what served the model: `vllm 0.14.0`.
        seconds: that the requests took, added up.
        cut, cut_tokens: responses to prompts that lost their middle, and the tokens that these lost.
    """

    statuses: Counter[str] = field(default_factory=Counter)
    finishes: Counter[str | None] = field(default_factory=Counter)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    names: Counter[str] = field(default_factory=Counter)
    servers: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    cut: int = 0
    cut_tokens: int = 0


def tally(path: Path, schema: pa.Schema) -> Tally:
    """Counts the statuses and errors of a table of responses or judgements. Errors are cut before they are counted."""
    counted = Tally()
    columns = [
        "status",
        "error",
        "seconds",
        "reported_model",
        "server",
        *(name for name in ("finish_reason", "cut_tokens") if name in schema.names),
    ]
    for batch in batches_of(path, schema, columns):
        if "finish_reason" in columns:
            reasons = pc.value_counts(batch["finish_reason"]).to_pylist()
            counted.finishes.update({each["values"]: each["counts"] for each in reasons})
        if "cut_tokens" in columns:
            counted.cut += pc.count(batch["cut_tokens"]).as_py()
            counted.cut_tokens += pc.sum(batch["cut_tokens"]).as_py() or 0
        counted.seconds += pc.sum(batch["seconds"]).as_py() or 0.0
        for counter, column in ((counted.names, "reported_model"), (counted.servers, "server")):
            counts = pc.value_counts(batch[column].drop_null()).to_pylist()
            counter.update({each["values"]: each["counts"] for each in counts})
        error = pc.utf8_slice_codeunits(batch["error"], 0, REASON + 1)
        groups = pa.table({"status": batch["status"], "error": error}).group_by(["status", "error"])
        for row in groups.aggregate([([], "count_all")]).to_pylist():
            counted.statuses[row["status"]] += row["count_all"]
            if row["error"] and row["error"].strip():
                counted.reasons[row["status"], row["error"]] += row["count_all"]
    return counted


def tally_responses(path: Path) -> Tally:
    """Counts responses by status and by finish reason."""
    return tally(path, RESPONSES)


def tally_judgements(path: Path) -> Tally:
    """Counts verdicts (one per response, dimension and repeat) by status."""
    return tally(path, JUDGEMENTS)


@dataclass(frozen=True)
class Lengths:
    """Words required and written, one pair per response to a prompt with a required length; `cut` where tokens ran out.

    What failed is no response.
    """

    required: np.ndarray[Any, np.dtype[np.float64]]
    words: np.ndarray[Any, np.dtype[np.float64]]
    cut: np.ndarray[Any, np.dtype[np.bool_]]

    def columns(self) -> tuple[np.ndarray[Any, Any], ...]:
        """Required words, words, and whether they were cut."""
        return self.required, self.words, self.cut

    def counts(self) -> dict[str, int]:
        """`n` of all, `near` within 20% of the required words, `wordless`, and `cut` of those with words."""
        near = (self.words >= 0.8 * self.required) & (self.words <= 1.2 * self.required)
        wordless = self.words <= 0
        marked = {"near": near, "wordless": wordless, "cut": self.cut & ~wordless}
        return {"n": len(self.words)} | {name: int(each.sum()) for name, each in marked.items()}


def read_lengths(path: Path) -> Lengths:
    """The lengths in a table of scores."""
    table = read_scored(path, ["status", "required", "words"])
    sized = pc.greater(pc.fill_null(table["required"], 0), 0)
    table = table.filter(pc.and_(sized, pc.not_equal(table["status"], "failed")))
    return Lengths(
        table["required"].to_numpy().astype(float),
        table["words"].to_numpy().astype(float),
        pc.equal(table["status"], "truncated").to_numpy(),
    )


def rows_of(path: Path, schema: pa.Schema, ids: set[str], columns: list[str]) -> Iterator[Row]:
    """The rows of these prompts. Texts are read from the row groups that hold them, not from the whole table."""
    wanted = pa.array(sorted(ids), pa.string())
    with open_table(path, schema) as file:
        for group in range(file.num_row_groups):
            matches = pc.is_in(file.read_row_group(group, columns=["prompt_id"])["prompt_id"], value_set=wanted)
            if pc.any(matches).as_py():
                yield from file.read_row_group(group, columns=columns).filter(matches).to_pylist()
