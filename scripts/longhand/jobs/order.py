"""What one ask job is asked: the same whether the job itself reads it, another job of the run, or the plan."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from longhand.config.entry import Entry
from longhand.config.serving import Serving
from longhand.jobs.method import method_class
from longhand.training.trained import read_trained
from longhand.wire.identity import Identity


@dataclass(frozen=True)
class Order:
    """What one ask job is asked.

    Attributes:
        step: generate_responses or judge_responses.
        dataset, model, judge: what it is about; without a judge it writes responses.
        shard: which shard of how many: "0/1".
        asks: JSON of what decides the rows; see `asks_of`.
        reached: JSON of how each role is reached; see `reached_by`.
        prompts: the dataset's table.
        responses: of a judge; rubric: of one that judges by a rubric.
        trained: the manifest of the model that is trained here, the entry of the role "writer".
        out: the table that the job writes.
    """

    step: str
    dataset: str
    model: str
    shard: str
    asks: str
    reached: str
    prompts: str
    out: str
    judge: str | None = None
    responses: str | None = None
    rubric: str | None = None
    trained: str | None = None

    @classmethod
    def of_job(
        cls,
        rule: str,
        wildcards: Mapping[str, str],
        inputs: Mapping[str, Any],
        params: Mapping[str, Any],
        output: str,
    ) -> Order:
        """Of a job that asks, from what its rule names: `asks`, `reached` and `shard` are params, tables are inputs."""
        names = ("prompts", "responses", "rubric", "trained")
        files = {name: str(file) for name in names if (file := inputs.get(name))}
        settings = {name: str(params[name]) for name in ("asks", "reached", "shard")}
        step, dataset, model = rule.removesuffix("_gpu"), wildcards["dataset"], wildcards["model"]
        return cls(step, dataset, model, judge=wildcards.get("judge"), out=output, **settings, **files)

    @property
    def shard_number(self) -> tuple[int, int]:
        """This shard, and how many there are."""
        number, _, shards = self.shard.partition("/")
        return int(number), int(shards)

    @property
    def method(self) -> str:
        return str(json.loads(self.asks)["method"])

    @property
    def settings(self) -> dict[str, Any]:
        """What decides the rows beside the identities."""
        settings: dict[str, Any] = json.loads(self.asks)["settings"]
        return settings

    @property
    def inputs(self) -> list[str]:
        """The files that must be there before anything can be asked."""
        return [path for path in (self.prompts, self.responses, self.rubric, self.trained) if path is not None]

    def servings(self) -> dict[str, tuple[str, Serving]]:
        """Role -> section of the config, and how the entry is reached.

        Roles are in the method's order: the first is the entry that the job is for.
        """
        roles: dict[str, tuple[str, str]] = json.loads(self.reached)
        named = [(role, *roles[role]) for role in method_class(self.step, self.method).ROLES if role in roles]
        return {role: (kind, Serving.from_json(text)) for role, kind, text in named}

    def entries(self) -> dict[str, Entry]:
        """Role -> entry. Raises LonghandError where a trained model is not there."""
        identities: dict[str, str] = json.loads(self.asks)["identities"]
        entries = {}
        servings = self.servings()
        for role, (kind, serving) in servings.items():
            identity = Identity.from_json(identities[role])
            if self.trained is not None and (kind, serving) == servings["writer"]:  # in whatever role
                identity = dataclasses.replace(identity, weights=read_trained(Path(self.trained)).digest)
            entries[role] = Entry(kind, identity, serving)
        return entries

    def to_json(self) -> dict[str, Any]:
        """As a file holds it."""
        return dataclasses.asdict(self)
