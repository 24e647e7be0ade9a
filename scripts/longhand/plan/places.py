"""Models, judges and embedders by their folders in the journal."""

from __future__ import annotations

from pathlib import Path, PurePath

from longhand.ask.entry_files import EntryFiles, section_kind
from longhand.config.load import Config
from longhand.config.reached import ConfigEntry


def config_entry(config: Config, place: PurePath) -> ConfigEntry:
    """The entry of the config: `models/gpt-4o`."""
    return {"models": config.models, "judges": config.judges, "embedders": config.embedders}[place.parts[0]][place.name]


def entry_files(run: Path, place: PurePath) -> EntryFiles:
    """What an entry has in the journal of a run folder."""
    return EntryFiles(run / "journal", section_kind(place.parts[0]), place.name)
