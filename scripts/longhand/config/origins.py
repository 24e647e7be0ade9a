"""Where a mistake is in an entry that the user did not write: at the setting that it was made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from longhand.program.errors import LonghandError


@dataclass
class Origins:
    """What entries of the config were made of; places are keys joined by points.

    Attributes:
        entries: "train.NAME.1.generator" -> "self_lengthen.NAME.train". An entry of the user's is its own origin.
        settings: "train.NAME.1.generator.lora" -> "self_lengthen.NAME.train.lora": settings that are taken over.
    """

    entries: dict[str, str] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def named(self) -> Iterator[None]:
        """Has mistakes named where the user made them.

        Raises:
            LonghandError: the one that was raised, with the place of its origin.
        """
        try:
            yield
        except LonghandError as e:
            if e.where is None or (where := self.of(e.where)) == e.where:
                raise
            raise LonghandError(e.what, where, e.fix) from e

    def of(self, where: str) -> str:
        """The origin of a place as errors have it: "config train.X.lora.r", "config models.X sampling", "dataset X"."""
        path = where.removeprefix("config ")
        path = (f"datasets.{path.removeprefix('dataset ')}" if path.startswith("dataset ") else path).replace(" ", ".")
        entry = _longest(path, self.entries)
        if entry is None or self.entries[entry] == entry:
            return where
        if setting := _longest(path, self.settings):
            return f"config {self.settings[setting]}{path.removeprefix(setting)}"
        return f"config {self.entries[entry]}"


def entries_of(settings: Mapping[str, Any]) -> dict[str, str]:
    """The user's own entries of a config that is not checked yet, each its own origin."""
    sections = {section: settings.get(section, {}) for section in ("datasets", "models", "sft", "train")}
    registries = {section: entries for section, entries in sections.items() if isinstance(entries, dict)}
    return {f"{section}.{entry}": f"{section}.{entry}" for section, entries in registries.items() for entry in entries}


def _longest(path: str, places: dict[str, str]) -> str | None:
    """The place that is nearest to a path in it."""
    return max((place for place in places if f"{path}.".startswith(f"{place}.")), key=len, default=None)
