"""An entry of `models`, `judges` or `embedders`, as a job that asks it is given it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from longhand.config.serving import Serving
from longhand.wire.identity import Identity


@dataclass(frozen=True)
class Adapter:
    """An adapter at a server.

    Attributes:
        name: that the server knows it by; other weights have another one, so that it is never taken for theirs.
        folder: of its weights.
    """

    name: str
    folder: str


@dataclass(frozen=True)
class Entry:
    """A model or judge that is asked.

    Attributes:
        kind: models, judges or embedders: the section of the config, and the folder of the journal.
        identity: what decides its answers.
        serving: how it is reached.
    """

    kind: str
    identity: Identity
    serving: Serving

    @property
    def name(self) -> str:
        """Its name in the config."""
        return self.serving.name

    @property
    def adapter(self) -> Adapter | None:
        """What the model's server loads for it; None where it serves the weights as they are."""
        if self.serving.adapter is None or self.identity.weights is None:
            return None
        return Adapter(self.identity.weights[:32], self.serving.adapter)

    @property
    def place(self) -> PurePath:
        """Its folder in the journal."""
        return PurePath(self.kind, self.name)
