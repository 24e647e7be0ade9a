"""Stale jobs as Snakemake lists them, and which of them it will find not to be stale after all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

GENERATE, JUDGE = ("generate_responses", "generate_responses_gpu"), ("judge_responses", "judge_responses_gpu")
IMPORT = ("import_responses",)
SHARD_JOBS = (*GENERATE, *IMPORT, *JUDGE)
"""Rules behind the checkpoint that splits the prompts."""


@dataclass(frozen=True)
class StaleJob:
    """A job that Snakemake plans.

    Attributes:
        rule, wildcards, params: of the job.
        outputs: paths relative to the run folder.
        reasons: why it is stale, in a few words each.
        made_anew: the inputs that other stale jobs make.
        only_anew: it is stale for no other reason than these.
        trained: the manifest of a model that is trained here; None for others.
    """

    rule: str
    wildcards: Mapping[str, str]
    params: Mapping[str, Any]
    outputs: tuple[str, ...]
    reasons: tuple[str, ...]
    made_anew: frozenset[str]
    only_anew: bool
    trained: str | None = None

    @property
    def dataset(self) -> str:
        return self.wildcards["dataset"]

    @property
    def model(self) -> str:
        return self.wildcards["model"]

    @property
    def shard(self) -> str:
        return self.wildcards["shard"]


def settle(jobs: Iterable[StaleJob], unchanged: Callable[[str, str], bool]) -> tuple[list[StaleJob], list[StaleJob]]:
    """Parts stale jobs into those that run and those that will not.

    While the prompts still have to be split, Snakemake plans all jobs behind that. Once they are split it leaves out
    those whose inputs turn out to be as they were; so does this.

    Args:
        unchanged: whether a dataset's shard will hold the rows that it holds now.
    """
    run: list[StaleJob] = []
    spared: list[StaleJob] = []
    kept: set[str] = set()  # files that stay as they are
    order = {rule: number for number, rule in enumerate(SHARD_JOBS)}  # judging reads what generating writes
    for job in sorted(jobs, key=lambda job: order.get(job.rule, -1)):
        anew = {path for path in job.made_anew if path not in kept and not _is_split(path)}
        if job.rule in order and job.only_anew and not anew and unchanged(job.dataset, job.shard):
            spared.append(job)
            kept.update(job.outputs)
        else:
            run.append(job)
    return run, spared


def _is_split(path: str) -> bool:
    """Whether a file is a shard of prompts: work/{dataset}/prompts/{shard}.parquet."""
    parts = PurePath(path).parts
    return len(parts) == 4 and parts[0] == "work" and parts[2] == "prompts"


def reasons_by_rule(jobs: Iterable[StaleJob]) -> dict[str, Counter[str]]:
    """How often each reason makes jobs of a rule stale."""
    counted: dict[str, Counter[str]] = {}
    for job in jobs:
        counted.setdefault(job.rule, Counter()).update(job.reasons)
    return counted
