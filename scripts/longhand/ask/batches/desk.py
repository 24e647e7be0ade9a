"""What a job needs to submit and to collect the batches of a work."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from longhand.ask.batches.api import BatchApi
from longhand.ask.batches.state import NEW, SETTLED, BatchState, drop_state, states_in, write_state
from longhand.ask.journal import Journal
from longhand.ask.ledger import Affords
from longhand.ask.work import Work


@dataclass(frozen=True)
class Desk:
    """All of it; the job has the lock of the judge's batches.

    Attributes:
        work: whose requests.
        journal: entered.
        folder: of the states.
        api: of the provider.
        affords: of a budget.
        lost: keys of batches that were submitted and have no file any more: they may be over by now.
    """

    work: Work
    journal: Journal
    folder: Path
    api: BatchApi
    affords: Affords | None = None
    lost: Collection[str] = ()

    def states(self) -> list[BatchState]:
        """The work's batches that are not settled. What killed legs of any job left before they created one goes."""
        states = []
        for state in states_in(self.folder):
            if state.status == NEW:
                drop_state(self.folder, state)
            elif state.status != SETTLED and state.work == self.work.file:
                states.append(state)
        return states

    def new_state(self, key: str, requests: Sequence[str], prompt_tokens: int) -> BatchState:
        """The state of a batch of the work with these requests, whose prompts have so many tokens at most."""
        entry, number = self.work.entry, len(requests)
        most = (number, prompt_tokens, number * (entry.identity.longest or 0))
        return BatchState(key, self.work.file, str(entry.serving.base_url), requests, most)

    @property
    def about(self) -> str:
        """What a batch's metadata says of whose requests it has: the same in each run that asks the same judge."""
        return hashlib.sha256(f"{self.work.entry.identity.to_json()} {self.work.file}".encode()).hexdigest()[:16]

    def say(self, line: str) -> None:
        """Tells the log."""
        print(self.api.clean(line), file=sys.stderr, flush=True)

    def write(self, state: BatchState) -> BatchState:
        """Keeps a state."""
        write_state(self.folder, state)
        return state
