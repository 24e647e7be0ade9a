"""Trainings of a plan: on how many GPUs, and how much memory of each they need."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from longhand.config.load import Config
from longhand.config.trainings import accelerate_file, base_of
from longhand.plan.stale import StaleJob
from longhand.training.memory import Memory, Shape, estimate, known_shape
from longhand.training.settings import deciding, operational


@dataclass(frozen=True)
class Training:
    """A training that would run.

    Attributes:
        base: the weights that it starts from.
        memory: that each GPU needs, by estimate; None where it is not known.
        limit: GB that each has, by the config; None: not to be checked.
    """

    name: str
    method: str
    base: str
    gpus: int
    memory: Memory | None
    limit: float | None

    @property
    def too_big(self) -> bool:
        return bool(self.memory and self.limit and self.memory.total > self.limit * 1e9)

    def to_json(self) -> dict[str, Any]:
        """For other programs."""
        needed = round(self.memory.total / 1e9, 1) if self.memory else None
        about = {"train": self.name, "method": self.method, "base": self.base, "gpus": self.gpus}
        return about | {"estimated_gb_per_gpu": needed, "gpu_memory": self.limit}


def planned_trainings(run: Path, config: Config, jobs: Iterable[StaleJob]) -> Iterator[Training]:
    """The trainings among the jobs that will run, by name."""
    for name in sorted(job.wildcards["train"] for job in jobs if job.rule == "train_model"):
        entry, base = config.raw["train"][name], base_of(name, config.raw)
        shape, longest = known_shape(base["model"], base.get("revision")), entry["max_length"]
        counted = run / "results/train" / name / "tokens.json"
        counts = json.loads(counted.read_text(encoding="utf-8")) if counted.is_file() else {}
        if "architecture" in counts:  # older versions did not note it
            shape, longest = Shape.of(counts["architecture"]), counts["longest"]
        settings = deciding(entry, config.raw["seed"])
        memory = estimate(shape, settings, operational(entry, str(accelerate_file(entry))), longest) if shape else None
        yield Training(name, entry["method"], base["model"], entry["gpus"], memory, entry["gpu_memory"])


def training_notes(trainings: Iterable[Training]) -> Iterator[str]:
    """What is not known of trainings, and which would fail."""
    for training in trainings:
        if training.memory is None:
            make = f"snakemake results/train/{training.name}/tokens.json needs no GPU and tells it"
            yield f"the memory that training {training.name} needs is not known yet: {make}"
        elif training.too_big:
            yield f"training {training.name} will fail: by estimate each GPU needs {training.memory}"
    if names := ", ".join(training.name for training in trainings):
        yield f"training takes GPU hours that this plan does not know: {names}"
