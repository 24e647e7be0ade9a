"""How a run was set up, as results/settings.json says it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from longhand.program.errors import LonghandError


@dataclass(frozen=True)
class ReportSettings:
    """How the run was set up; what was not told is left out of the page.

    Attributes:
        reader: whether the reader is made beside the page.
        panels: by name, their judges.
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
    panels: dict[str, list[str]] = field(default_factory=dict)
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
