"""Which files of a journal an entry has paid for: in its folder, and in that of a model or judge of old journals."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

from longhand.ask.lines import journal_files

Kind = Literal["models", "judges", "embedders"]
_OLD_DEPTH = {"models": 3, "judges": 4, "embedders": None}  # name, dataset, file; name, dataset, model, file


def section_kind(section: str) -> Kind:
    """The kind of the entries of a section of the config. Raises ValueError where nobody of it is asked."""
    kind = next((one for one in get_args(Kind) if one == section), None)
    if kind is None:
        raise ValueError(f"nobody is asked of {section}")
    return cast(Kind, kind)


@dataclass(frozen=True)
class EntryFiles:
    """The files of one entry of the config.

    Attributes:
        root: the journal.
        kind: of the entry.
        name: of the entry.
    """

    root: Path
    kind: Kind
    name: str

    @classmethod
    def of(cls, root: Path, file: Path) -> EntryFiles:
        """Those of the entry that a file in a new place belongs to."""
        kind, name, *_ = file.relative_to(root).parts
        return cls(root, section_kind(kind), name)

    @property
    def folder(self) -> Path:
        """Where they go."""
        return self.root / self.kind / self.name

    @property
    def folders(self) -> list[Path]:
        """Where they went, with those of an entry of the other kind by the same name; and where they go."""
        return [self.root / self.name, self.folder]

    def __contains__(self, file: Path) -> bool:
        """Whether a journal file is the entry's. In the old folder a model's and a judge's are told by their depth."""
        parts = file.relative_to(self.root).parts
        return parts[:2] == (self.kind, self.name) or (parts[0] == self.name and len(parts) == _OLD_DEPTH[self.kind])

    def all(self) -> list[Path]:
        """The journal files that there are."""
        return [path for folder in self.folders for path in journal_files(folder) if path in self]
