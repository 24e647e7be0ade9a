"""The files and folders that the config names, of all that a run needs."""

from __future__ import annotations

from collections.abc import Iterator

from longhand.config.criteria_sources import criteria_sources
from longhand.config.order import responses_wanted, wanted
from longhand.config.schema import RawSettings


def wanted_files(raw: RawSettings) -> Iterator[tuple[str, str | None]]:
    """The files that all that is wanted names, and where."""
    answered = {*responses_wanted(raw)}
    for section, name in wanted(raw):
        if section == "datasets":
            dataset = raw["datasets"][name]
            yield f"dataset {name}", dataset.get("path")
            yield f"dataset {name} seeds", dataset.get("made", {}).get("slots", {}).get("seeds")
            for setting, source in criteria_sources(dataset).items():
                yield f"dataset {name} {setting}", source.get("path")
        elif section == "models":
            yield f"model {name}", raw["models"][name].get("path")
            for dataset, file in raw["models"][name].get("files", {}).items():
                if (dataset, name) in answered:
                    yield f"config models.{name}.files.{dataset}", file.get("path")
        elif section == "sft":
            for chat, source in raw["sft"][name]["mix"].items():
                yield f"config sft.{name}.mix.{chat}.path", source.get("path")


def wanted_documents(raw: RawSettings) -> Iterator[tuple[str, str]]:
    """The folders and files of documents that all that is wanted names, and where."""
    for section, name in wanted(raw):
        if section == "datasets" and "documents" in (made := raw["datasets"][name].get("made", {})):
            yield f"dataset {name}", made["documents"]["path"]
