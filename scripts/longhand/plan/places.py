"""Models and judges by their folders in the journal."""

from __future__ import annotations

from pathlib import Path, PurePath

from longhand.ask.entry_files import EntryFiles
from longhand.config.load import Config
from longhand.config.reached import ConfigEntry


def config_entry(config: Config, place: PurePath) -> ConfigEntry:
    """The model or judge of the config: `models/gpt-4o`."""
    return (config.models if place.parts[0] == "models" else config.judges)[place.name]


def entry_files(run: Path, place: PurePath) -> EntryFiles:
    """What a model or judge has in the journal of a run folder."""
    return EntryFiles(run / "journal", "models" if place.parts[0] == "models" else "judges", place.name)
