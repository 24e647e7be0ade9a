"""Stale jobs as Snakemake would list them, for tests of the plan without it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from longhand.config.load import Config
from longhand.jobs.method import GENERATE, JUDGE
from longhand.jobs.roles import asks_of, reached_by
from longhand.plan.contents import Contents
from longhand.plan.requests import JobRequests, Lookout
from longhand.plan.stale import StaleJob


def generating(config: Config, dataset: str, model: str, *, gpu: bool = False, trained: str | None = None) -> StaleJob:
    """The job that asks a model for its responses."""
    entry, inputs = config.models[model], {"prompts": (f"results/{dataset}/prompts.parquet",)}
    wildcards = {"dataset": dataset, "model": model}
    params = {"asks": asks_of(GENERATE, entry, config.askable), "reached": reached_by(GENERATE, entry, config.askable)}
    out = f"work/{dataset}/{model}/responses/000.parquet" if gpu else f"results/{dataset}/{model}/responses.parquet"
    if trained:
        inputs["trained"] = (trained,)
    rule = f"{GENERATE}_gpu" if gpu else GENERATE
    reads = tuple(path for paths in inputs.values() for path in paths)
    return StaleJob(rule, wildcards, params | {"shard": "0/1"}, (out,), ("forced",), inputs, reads)


def gathering(dataset: str, model: str) -> StaleJob:
    """The job that makes one table of a vLLM model's shards."""
    shards, out = f"work/{dataset}/{model}/responses/000.parquet", f"results/{dataset}/{model}/responses.parquet"
    wildcards = {"dataset": dataset, "model": model}
    return StaleJob("gather_responses", wildcards, {}, (out,), ("forced",), {"shards": (shards,)}, (shards,))


def making(dataset: str) -> StaleJob:
    """The job that makes a dataset from its sources."""
    table = f"results/{dataset}/prompts.parquet"
    return StaleJob("make_prompts", {"dataset": dataset}, {}, (table,), ("forced",), {})


def importing(dataset: str, model: str) -> StaleJob:
    """The job that takes a recorded model's responses."""
    table = f"results/{dataset}/{model}/responses.parquet"
    return StaleJob("import_responses", {"dataset": dataset, "model": model}, {}, (table,), ("forced",), {})


def judging(config: Config, dataset: str, model: str, judge: str, *, gpu: bool = False) -> StaleJob:
    """The job that asks a judge about a model's responses."""
    entry, folder = config.judges[judge], f"results/{dataset}"
    params = {"asks": asks_of(JUDGE, entry, config.askable), "reached": reached_by(JUDGE, entry, config.askable)}
    inputs = {"prompts": f"{folder}/prompts.parquet", "responses": f"{folder}/{model}/responses.parquet"}
    if (rubric := config.datasets[dataset]["rubric"]) is not None:
        inputs["rubric"] = f"work/rubrics/{rubric}.json"
    out = f"judgements/{judge}/000.parquet" if gpu else f"judgements/{judge}.parquet"
    return StaleJob(
        f"{JUDGE}_gpu" if gpu else JUDGE,
        {"dataset": dataset, "model": model, "judge": judge},
        params | {"shard": "0/1"},
        (f"{'work' if gpu else 'results'}/{dataset}/{model}/{out}",),
        ("forced",),
        {name: (path,) for name, path in inputs.items()},
        tuple(inputs.values()),
    )


def look(run: Path, config: Config, jobs: list[StaleJob]) -> list[JobRequests]:
    """What the jobs would ask."""

    async def all_jobs() -> list[JobRequests]:
        return [job async for job in Lookout(run, Contents(run, config, jobs)).look(job for job in jobs if job.asks)]

    return asyncio.run(all_jobs())
