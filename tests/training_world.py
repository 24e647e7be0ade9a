"""A dataset, the responses of one model to it, and the steps that make training data of them, on files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

import audit_pairs
import build_pairs
import collect_candidates
import export_pairs
import select_sft
from longhand.tables.files import read_table, write_table
from longhand.tables.schemas import PROMPTS, RESPONSES
from longhand.tables.score_tables import LENGTHS, SCORES
from longhand.text.health import health
from longhand.text.length import count_longbench_write, count_longen

LENGTH_ONLY = json.dumps({"length": 1, "quality": 0})
Sample = tuple[str, str | None, float | None]
"""A response's status, its text and its S_L."""


def write(path: Path, schema: pa.Schema, rows: list[dict[str, Any]]) -> Path:
    """Writes the columns of the schema that rows have; others are null."""
    names = schema.names
    write_table(path, ({name: row.get(name) for name in names} for row in rows), schema, "test")
    return path


class World:
    """A dataset, the responses of one model, and the steps that make training data of them."""

    def __init__(
        self,
        folder: Path,
        responses: dict[str, list[Sample]],
        prompts: Mapping[str, dict[str, Any]] | None = None,
        **prompt: Any,
    ):
        """Args: responses by prompt; `prompt`: columns of all prompts, `prompts`: of some, by name."""
        self.out = folder / "out"
        self.question: dict[str, Any] = {"kind": "whole"}
        self.system: str | None = None
        about = {"language": "en", "required": 150, "constraint": "about"} | prompt
        named = {
            name: {"prompt_id": name, "prompt": name} | about | (prompts or {}).get(name, {}) for name in responses
        }
        self.prompts = write(folder / "prompts.parquet", PROMPTS, [*named.values()])
        samples = [
            {"prompt_id": name, "sample": n, "status": status, "response": text, "score_l": score_l}
            | {"attempts": 1, "model": "m", "longbench_write": score_l, "range": "[0,500)"}
            | {"words": count_longen(text or ""), "words_longen": count_longen(text or "")}
            | {"words_longbench_write": count_longbench_write(text or "")}
            | (health(text, named[name]["language"])._asdict() if text else {})
            | {key: named[name][key] for key in ("language", "required")}
            for name, of_prompt in responses.items()
            for n, (status, text, score_l) in enumerate(of_prompt)
        ]
        tables = (("responses", RESPONSES), ("scores", SCORES), ("lengths", LENGTHS))
        made = [write(folder / f"m/{name}.parquet", schema, samples) for name, schema in tables]
        self.responses, self.scores, self.lengths = made

    def pair(self, reward: str = LENGTH_ONLY, system: str = "null") -> None:
        parts = {name: self.out / f"{name}.parquet" for name in ("candidates", "outcomes", "pairs", "audit")}
        collect_candidates.main(
            prompts=self.prompts,
            scores=[self.scores],
            responses=[self.responses],
            reward=reward,
            out=parts["candidates"],
        )
        build_pairs.main(
            candidates=parts["candidates"],
            prompts=self.prompts,
            responses=[self.responses],
            rejected="worst",
            min_margin=0,
            min_candidates=2,
            pairs_per_prompt=9,
            seed=1,
            system=system,
            out=parts["pairs"],
            outcomes=parts["outcomes"],
        )
        self.export("{}")

    def audit(self, reward: str = LENGTH_ONLY) -> list[dict[str, Any]]:
        audit_pairs.main(
            pairs=self.out / "pairs.parquet",
            outcomes=self.out / "outcomes.parquet",
            candidates=self.out / "candidates.parquet",
            scores=[self.scores],
            judgements=[],
            reward=reward,
            rejected="worst",
            max_length=100,
            out=self.out / "audit.parquet",
        )
        return self.rows("audit")

    def export(self, settings: str) -> None:
        pairs, outcomes = self.out / "pairs.parquet", self.out / "outcomes.parquet"
        export_pairs.main(name="p", pairs=pairs, outcomes=outcomes, settings=settings, out=self.out)

    def select(self, mix: Mapping[str, tuple[Path, float, dict[str, str]]] | None = None, **filters: Any) -> None:
        """Selects fine-tuning data; `mix`: name -> file, share and fields of a set of general conversations."""
        sets = [
            {"name": name, "kind": file.suffix[1:], "share": share, "fields": fields}
            for name, (file, share, fields) in (mix or {}).items()
        ]
        select_sft.main(
            name="s",
            dataset="d",
            prompts=self.prompts,
            responses=self.responses,
            scores=self.scores,
            filters=json.dumps(filters),
            question=json.dumps(self.question),
            mix=json.dumps(sets),
            mix_files=tuple(file for file, _, _ in (mix or {}).values()),
            seed=1,
            system=json.dumps(self.system),
            settings="{}",
            out=self.out,
        )

    def rows(self, table: str) -> list[dict[str, Any]]:
        return read_table(self.out / f"{table}.parquet").to_pylist()
