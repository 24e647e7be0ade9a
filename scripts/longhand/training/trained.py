"""What a training made: the manifest beside the weights, which other steps read."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from longhand.program.errors import LonghandError
from longhand.wire.identity import canonical

WEIGHTS = "model"  # the folder beside the manifest
COPY = "longhand.json"  # of the manifest, in that folder: Snakemake removes an output before it makes it again


def folder_of(train: str) -> str:
    """Where the weights of a training lie, relative to the run folder."""
    return f"results/train/{train}/{WEIGHTS}"


@dataclass(frozen=True)
class Base:
    """Weights that a training starts from: a hub name with its commit, or a folder; and an adapter over them."""

    model: str
    revision: str | None = None
    digest: str | None = None  # of weights that were trained here, and of what they stand on
    adapter: str | None = None  # folder of one that was trained here


@dataclass(frozen=True)
class Trained:
    """A trained model.

    Attributes:
        folder: of its weights, relative to the run folder: a whole model, or an adapter.
        digest: of the weights, all that they stand on, and how they were trained.
        base: what an adapter is laid over.
        rank: of the adapter; None: a whole model.
        steps: optimizer steps.
        settings: that decided the weights.
        data: SHA-256 of the training data.
        files: SHA-256 of each file of weights.
    """

    folder: str
    digest: str
    base: Base
    rank: int | None
    steps: int
    settings: Mapping[str, Any]
    data: str
    files: Mapping[str, str]

    def as_base(self) -> Base:
        """As the base of another training."""
        if self.rank is None:
            return Base(self.folder, None, self.digest)
        return dataclasses.replace(self.base, digest=self.digest, adapter=self.folder)


def digest_of(settings: Mapping[str, Any], base: Base, made: str | Mapping[str, str]) -> str:
    """The identity of a training (`made`: the digest of its data) or of its weights (`made`: of the files)."""
    stands_on = base.digest or [base.model, base.revision]
    return hashlib.sha256(canonical([settings, stands_on, made]).encode()).hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_manifest(path: Path, trained: Trained) -> None:
    """Writes the manifest; equal models give equal bytes."""
    path.write_text(json.dumps(dataclasses.asdict(trained), indent=1, sort_keys=True) + "\n", encoding="utf-8")


def already_trained(folder: Path, settings: Mapping[str, Any], base: Base, data: str) -> Trained | None:
    """What lies in `folder`, if it is whole and made by this very training."""
    try:
        trained = read_trained(folder / COPY)
    except LonghandError:
        return None
    same = digest_of(trained.settings, trained.base, trained.data) == digest_of(settings, base, data)
    return trained if same and all(file_digest(folder / name) == sha for name, sha in trained.files.items()) else None


def read_trained(path: Path) -> Trained:
    """Reads a manifest.

    Raises:
        LonghandError: it is none, or the weights are gone.
    """
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        trained = Trained(**manifest | {"base": Base(**manifest["base"])})
    except (OSError, ValueError, TypeError, KeyError) as e:
        raise LonghandError(f"not the manifest of a trained model: {e}", str(path), "delete it; run again") from e
    for name in trained.files:
        if not Path(trained.folder, name).is_file():
            raise LonghandError(f"the weights are gone: {name}", trained.folder, f"delete {path}; run again")
    return trained
