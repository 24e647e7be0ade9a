"""An entry of `models` or `judges`, as a job that asks it is given it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import PurePath

from longhand.config.serving import Serving
from longhand.wire.identity import Identity, canonical


@dataclass(frozen=True)
class Entry:
    """A model or judge that is asked.

    Attributes:
        kind: models or judges: the section of the config, and the folder of the journal.
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
    def place(self) -> PurePath:
        """Its folder in the journal."""
        return PurePath(self.kind, self.name)

    def to_json(self) -> str:
        """Canonical JSON."""
        return canonical([self.kind, self.identity.to_json(), self.serving.to_json()])

    @classmethod
    def from_json(cls, text: str) -> Entry:
        """From `to_json`."""
        kind, identity, serving = json.loads(text)
        return cls(kind, Identity.from_json(identity), Serving.from_json(serving))
