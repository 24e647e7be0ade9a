# What the rules share: the checked config, and functions for inputs and params.

import json
import re
from pathlib import Path

from longhand.config import load_config
from longhand.endpoints import api_key
from longhand.errors import LonghandError
from longhand.identity import canonical
from longhand.provenance import code_digest
from snakemake.exceptions import WorkflowError

try:
    CONFIG = load_config(config)
except LonghandError as e:
    sys.exit(f"error: {e}")

EVALUATE = CONFIG.raw["evaluate"]
SCORES = CONFIG.raw["scores"]

# What ask jobs need of a machine: MB of main memory, minutes. A job that runs out of time goes on from the journal.
ASKING_MEMORY, ASKING_TIME = 2_000, 12 * 60
SERVING_MEMORY, SERVING_TIME = 64_000, 12 * 60  # memory per GPU: vLLM reads the weights through it


def any_of(names):
    """A wildcard constraint that matches these names only."""
    return "|".join(map(re.escape, sorted(names))) or "(?!)"


def reached_by(asked, *backends):
    """A wildcard constraint for the models or judges with one of these backends."""
    return any_of(name for name, entry in asked.items() if entry.backend in backends)


wildcard_constraints:
    dataset=any_of(CONFIG.datasets),
    model=any_of(CONFIG.models),
    judge=any_of(CONFIG.judges),
    rubric=any_of(CONFIG.rubrics),
    shard=r"\d{3}",
    sha256=r"[0-9a-f]{64}",


def code(*modules):
    """Digest of first-party code that decides a result: scripts and modules, with all that a script imports."""
    return code_digest(Path(SCRIPTS), modules)


def every(pattern):
    """`pattern` for each dataset, model and judge that the config evaluates."""
    return expand(pattern, dataset=EVALUATE["datasets"], model=EVALUATE["models"], judge=EVALUATE["judges"])


def shards(pattern):
    """An input function: `pattern` for all shards of its dataset."""

    def paths(wildcards):
        return expand(pattern, shard=CONFIG.shards(wildcards.dataset), **wildcards)

    return paths


def split_prompts(wildcards):
    """The same file as a job's `prompts`. Asking the checkpoint for it lets Snakemake see, once the prompts are split,
    that a shard has not changed, and skip the job. While the checkpoint waits it stands for any of its files, so that
    only the plain path beside it may be read."""
    number = len(CONFIG.shards(wildcards.dataset))
    getattr(checkpoints, f"shard_prompts_{number}").get(dataset=wildcards.dataset)
    return f"work/{wildcards.dataset}/prompts/{wildcards.shard}.parquet"


def serving(asked, wildcard):
    """A param function: JSON of where a model or judge is reached. Taking `resources` keeps it from making jobs stale."""

    def settings(wildcards, resources):
        return asked[wildcards[wildcard]].serving.to_json()

    return settings


def require_keys(workflow):
    """Ends the run before its first job when a job that has to ask would find no API key, or have it shown."""
    for job in workflow.dag.needrun_jobs():
        for asked, wildcard in ((CONFIG.judges, "judge"), (CONFIG.models, "model")):
            if job.rule.name.startswith(("generate_", "judge_")) and wildcard in job.wildcards.keys():
                try:
                    key = api_key(asked[job.wildcards[wildcard]].serving)
                except LonghandError as e:
                    raise WorkflowError(f"error: {e}")
                if key and workflow.output_settings.verbose and not workflow.local_exec:
                    raise WorkflowError("error: --verbose makes the cluster's logs show API keys; fix: leave it out")
                break
