"""Stale jobs as Snakemake lists them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from longhand.jobs.method import GENERATE, JUDGE
from longhand.jobs.order import Order

ASK_RULES = tuple(f"{step}{where}" for step in (GENERATE, JUDGE) for where in ("", "_gpu"))
INPUTS = ("prompts", "responses", "rubric", "trained", "shards")
"""Names of the inputs that a plan follows."""


@dataclass(frozen=True)
class StaleJob:
    """A job that Snakemake plans.

    Attributes:
        rule, wildcards, params: of the job.
        outputs: paths relative to the run folder.
        reasons: why it is stale, in a few words each.
        inputs: paths by name, of INPUTS.
        reads: the paths of all inputs.
    """

    rule: str
    wildcards: Mapping[str, str]
    params: Mapping[str, Any]
    outputs: tuple[str, ...]
    reasons: tuple[str, ...]
    inputs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reads: tuple[str, ...] = ()

    @property
    def dataset(self) -> str:
        return self.wildcards["dataset"]

    @property
    def model(self) -> str:
        return self.wildcards["model"]

    @property
    def asks(self) -> bool:
        """Whether it asks a model or a judge."""
        return self.rule in ASK_RULES

    @property
    def generates(self) -> bool:
        """Whether it asks for responses."""
        return self.asks and self.order.step == GENERATE

    @cached_property
    def order(self) -> Order:
        """What it is asked; of a job that asks."""
        files = {name: paths[0] for name, paths in self.inputs.items() if paths}
        return Order.of_job(self.rule, self.wildcards, files, self.params, self.outputs[0])


def reasons_by_rule(jobs: Iterable[StaleJob]) -> dict[str, Counter[str]]:
    """How often each reason makes jobs of a rule stale."""
    counted: dict[str, Counter[str]] = {}
    for job in jobs:
        counted.setdefault(job.rule, Counter()).update(job.reasons)
    return counted


def changed_settings(before: str, after: str) -> list[str]:
    """The settings in which two texts differ that decide the rows of an ask job (`asks` of an order).

    Returns:
        Their places: `judge.sampling.temperature`.
    """
    old, new = dict(_settings("", json.loads(before))), dict(_settings("", json.loads(after)))
    return sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))


def _settings(place: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Each single setting with its place; identities stand in JSON texts of their own."""
    if isinstance(value, str) and value.startswith("{"):
        value = json.loads(value)
    if not isinstance(value, dict):
        yield place.removeprefix("identities.").removeprefix("settings."), value
        return
    for key, part in value.items():
        yield from _settings(f"{place}.{key}".lstrip("."), part)
