"""The registries: datasets and rubrics that ship with Longhand, that lie in the run folder, that the config names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from longhand.config.criteria_sources import criteria_sources
from longhand.config.schema import checked
from longhand.config.settings_files import file_text, yaml_value

SHIPPED = Path(__file__).resolve().parents[3] / "resources"
SOURCES = {"path", "url", "sha256", "made", "template"}  # where a dataset's or rubric's text comes from


def registered(kind: str, section: Any) -> Any:
    """All entries: the shipped ones, the run folder's laid over them, the config's over both, setting by setting.

    Args:
        kind: datasets or rubrics: the section of the config, and the folder of YAML files, one per entry, in resources/
            and in the run folder (the working directory).
        section: that section of the config, which is not checked yet.

    Raises:
        LonghandError: a file is not YAML, or not such an entry; it is named.
    """
    entries: dict[str, Any] = {}
    for folder in (SHIPPED / kind, Path(kind)):
        for path in sorted(path for path in folder.glob("*") if path.suffix in (".yaml", ".yml")):
            entries[path.stem] = _laid_over(entries.get(path.stem, {}), _read(path, kind.removesuffix("s")))
    if not isinstance(section, dict):
        return section
    return entries | {name: _laid_over(entries.get(name, {}), settings) for name, settings in section.items()}


def _laid_over(below: dict[str, Any], settings: Any) -> Any:
    if not isinstance(settings, dict):
        return settings
    if SOURCES & settings.keys():  # another source replaces the one below
        below = {key: value for key, value in below.items() if key not in SOURCES}
    for section in ("fields", "criteria"):
        if isinstance(named := settings.get(section), dict):
            settings = settings | {section: below.get(section, {}) | named}
    return below | settings


def _read(path: Path, definition: str) -> dict[str, Any]:
    """The entry in a file; a `path` in it is meant beside the file."""
    entry: dict[str, Any] = yaml_value(file_text(path), str(path))
    checked(entry, definition, str(path))
    for source in (entry, *criteria_sources(entry).values()):
        if "path" in source:
            source["path"] = str(path.parent / source["path"])
    return entry
