"""Which files of a journal a model or judge has paid for: in its folder, and in its folder of old journals."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from longhand.ask.lines import journal_files

Kind = Literal["models", "judges"]
_OLD_DEPTH = {"models": 3, "judges": 4}  # name, dataset, file; name, dataset, model, file


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
        if kind not in _OLD_DEPTH:
            raise ValueError(f"{file} is of no model and no judge")
        return cls(root, "models" if kind == "models" else "judges", name)

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
