# What the rules share: the checked config, and functions for inputs and params.

import json
import re
from pathlib import Path

from longhand.config import check_selection, load_config
from longhand.errors import LonghandError
from longhand.identity import canonical
from longhand.provenance import code_digest

try:
    CONFIG = load_config(config)
    check_selection(CONFIG)
except LonghandError as e:
    sys.exit(f"error: {e}")

EVALUATE = CONFIG.raw["evaluate"]
SCORES = CONFIG.raw["scores"]

# What ask jobs need of a machine: MB of main memory, minutes. A job that runs out of time goes on from the journal.
ASKING_MEMORY, ASKING_TIME = 2_000, 12 * 60
TRAINING_TIME = 24 * 60  # a job that runs out of it goes on from its last checkpoint
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
    preference=any_of(CONFIG.raw["preferences"]),
    sft=any_of(CONFIG.raw["sft"]),
    train=any_of(CONFIG.raw["train"]),
    shard=r"\d{3}",
    sha256=r"[0-9a-f]{64}",


def code(*modules):
    """Digest of first-party code that decides a result: scripts and modules, with all that a script imports."""
    return code_digest(Path(SCRIPTS), modules)


def every(pattern):
    """`pattern` for each dataset and model that the config evaluates."""
    return expand(pattern, dataset=EVALUATE["datasets"], model=EVALUATE["models"])


def every_judgement():
    """The judgements of all that the config evaluates; of datasets without a rubric there are none."""
    return [
        f"results/{dataset}/{model}/judgements/{judge}.parquet"
        for dataset in EVALUATE["datasets"]
        for model in EVALUATE["models"]
        for judge in CONFIG.judges_of(dataset, model)
        if judge in EVALUATE["judges"]
    ]


def options(**values):
    """Words of a command line, `--name value` for each that has a value."""
    given = [(name, value) for name, value in values.items() if value is not None]
    return [str(word) for name, value in given for word in (f"--{name.replace('_', '-')}", value)]


def shards(pattern):
    """An input function: `pattern` for all shards of its dataset."""

    def paths(wildcards):
        return expand(pattern, shard=CONFIG.shards(wildcards.dataset), **wildcards)

    return paths


SPLIT = set()  # datasets whose prompts are split: a checkpoint that was passed stays so


def split_prompts(wildcards):
    """The same file as a job's `prompts`. Asking the checkpoint for it lets Snakemake see, once the prompts are split,
    that a shard has not changed, and skip the job. While the checkpoint waits it stands for any of its files, so that
    only the plain path beside it may be read."""
    if wildcards.dataset not in SPLIT:
        number = len(CONFIG.shards(wildcards.dataset))
        getattr(checkpoints, f"shard_prompts_{number}").get(dataset=wildcards.dataset)
        SPLIT.add(wildcards.dataset)
    return f"work/{wildcards.dataset}/prompts/{wildcards.shard}.parquet"


def serving(asked, wildcard):
    """A param function: JSON of where a model or judge is reached. Taking `resources` keeps it from making jobs stale."""

    def settings(wildcards, resources):
        return asked[wildcards[wildcard]].serving.to_json()

    return settings
