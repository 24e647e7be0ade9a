# What the rules that ask share: where they run, what they need of a machine, which secrets they get.

from longhand.ask.endpoints.managed import KEYS
from longhand.run.environment import HUB_TOKENS

# What ask jobs need of a machine: MB of main memory, minutes. A job that runs out of time goes on from the journal.
ASKING_MEMORY, ASKING_TIME = 2_000, 12 * 60
SERVING_MEMORY, SERVING_TIME = 64_000, 12 * 60  # memory per GPU: vLLM reads the weights through it


def at_backend(asked, *backends):
    """A wildcard constraint for the models or judges with one of these backends."""
    return any_of(name for name, entry in asked.items() if entry.backend in backends)


def shards(pattern):
    """An input function: `pattern` for all shards of its dataset."""

    def paths(wildcards):
        return expand(pattern, shard=CONFIG.shards(wildcards.dataset), **wildcards)

    return paths


def shard_of_job(wildcards):
    """Which shard a job asks, and of how many: jobs that need no GPU ask all there is."""
    return f"{int(wildcards.shard)}/{len(CONFIG.shards(wildcards.dataset))}" if "shard" in wildcards.keys() else "0/1"


def cores_of(asked, wildcard):
    """A function for `threads`: waiting for an API needs no core, the demo engine runs beside its job."""

    def cores(wildcards):
        return 0 if asked[wildcards[wildcard]].backend == "openai" else 1

    return cores


def asking_python(entries):
    """`python` with the keys of models and judges, and with what weights are fetched with; it knows which are keys."""
    keys = sorted({entry.serving.api_key_env for entry in entries} - {None})
    tokens = HUB_TOKENS if any(entry.backend == "vllm" for entry in entries) else ()
    return python(*keys, *tokens, **({KEYS: ",".join(keys)} if keys else {}))
