# What the rules share: the checked config, and functions for inputs and params.

import json
import re
from pathlib import Path

from longhand.config.load import check_selection, load_config
from longhand.run.environment import HUB_TOKENS, without_secrets
from longhand.wire.identity import canonical
from longhand.run.code_digest import code_digest, with_imports

try:
    CONFIG = load_config(config)
    check_selection(CONFIG)
except LonghandError as e:
    sys.exit(f"error: {e}")

EVALUATE = CONFIG.raw["evaluate"]

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
    preference=any_of(CONFIG.raw["preferences"]),
    sft=any_of(CONFIG.raw["sft"]),
    train=any_of(CONFIG.raw["train"]),
    shard=r"\d{3}",
    sha256=r"[0-9a-f]{64}",


def code(*modules):
    """Digest of first-party code that decides a result: scripts and modules, with all that a script imports."""
    return code_digest(Path(SCRIPTS), modules)


def every(pattern):
    """`pattern` for all that the config evaluates; a dataset without a rubric has no judgements."""
    datasets = [name for name in EVALUATE["datasets"] if CONFIG.datasets[name]["rubric"] or "{judge}" not in pattern]
    return expand(pattern, dataset=datasets, model=EVALUATE["models"], judge=EVALUATE["judges"])


def options(**values):
    """Words of a command line, `--name=value` for each that has a value; a list has several."""
    lists = {name: value if isinstance(value, list) else [value] for name, value in values.items()}
    return [f"--{name.replace('_', '-')}={one}" for name, many in lists.items() for one in many if one is not None]


def shards(pattern):
    """An input function: `pattern` for all shards of its dataset."""

    def paths(wildcards):
        return expand(pattern, shard=CONFIG.shards(wildcards.dataset), **wildcards)

    return paths


def python(*secrets):
    """Words that start a step with these secrets of the environment, by name, and no others. No step reads the rest."""
    keys = {entry.serving.api_key_env for asked in (CONFIG.models, CONFIG.judges) for entry in asked.values()}
    return [*without_secrets(os.environ, keys, secrets), sys.executable]


PYTHON = python()


def asking_python(asked, wildcard):
    """A param function: `python` with the key of a model or judge, or with what its weights are fetched with."""

    def words(wildcards, resources):
        reached = asked[wildcards[wildcard]].serving
        return python(*(HUB_TOKENS if reached.backend == "vllm" else [reached.api_key_env]))

    return words


def serving(asked, wildcard):
    """A param function: JSON of where a model or judge is reached. Taking `resources` keeps it from making jobs stale."""

    def settings(wildcards, resources):
        return asked[wildcards[wildcard]].serving.to_json()

    return settings
