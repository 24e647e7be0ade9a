"""The lines of a plan: what each model or judge is asked for a dataset."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from longhand.plan.costs import Costs


@dataclass(frozen=True)
class AskLine:
    """What one model is asked for one dataset, or one judge about the responses to it.

    Attributes:
        step: generate or judge.
        entry: the model or judge: its folder in the journal.
        jobs: that have something to ask.
        rows: that the stale jobs write, those whose answers are in the journal included; None: of another entry's jobs.
        known: earlier answers behind the estimates.
        under_way: questions beside `costs.requests` that are in batches, paid for already.
        unfetched: files that must be made before all requests can be known.
    """

    step: str
    entry: PurePath
    dataset: str
    jobs: int
    rows: int | None
    known: int
    costs: Costs
    under_way: int
    unfetched: frozenset[str]

    @property
    def name(self) -> str:
        """Of the model or judge."""
        return self.entry.name

    @property
    def unknown(self) -> bool:
        """Whether there are requests that cannot be known yet."""
        return bool(self.unfetched)
