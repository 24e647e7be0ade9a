# What the rules that ask share: what decides their rows, how they are reached, what they need of a machine, which
# secrets they get.

from longhand.jobs.method import GENERATE, JUDGE, method_file
from longhand.jobs.roles import asks_of, reached_by, roles

from longhand.ask.endpoints.managed import KEYS
from longhand.run.environment import HUB_TOKENS

# What ask jobs need of a machine: MB of main memory, minutes. A job that runs out of time goes on from the journal.
ASKING_MEMORY, ASKING_TIME = 2_000, 12 * 60
SERVING_MEMORY, SERVING_TIME = 64_000, 12 * 60  # memory per GPU: vLLM reads the weights through it


def at_backend(entries, *backends):
    """A wildcard constraint for the models or judges with one of these backends."""
    return any_of(name for name, entry in entries.items() if entry.backend in backends)


def shards(pattern):
    """An input function: `pattern` for all shards of its dataset."""

    def paths(wildcards):
        return expand(pattern, shard=CONFIG.shards(wildcards.dataset), **wildcards)

    return paths


def shard_of_job(wildcards):
    """Which shard a job asks, and of how many: jobs that need no GPU ask all there is."""
    return f"{int(wildcards.shard)}/{len(CONFIG.shards(wildcards.dataset))}" if "shard" in wildcards.keys() else "0/1"


ENTRIES = {GENERATE: CONFIG.models, JUDGE: CONFIG.judges}


try:
    for one_step, entries in ENTRIES.items():
        for entry in entries.values():
            with CONFIG.origins.named():  # a wrong role or template ends the run before any job
                asks_of(one_step, entry, CONFIG.askable)
except LonghandError as e:
    sys.exit(f"error: {e}")


def entry_of(step, wildcards):
    """The model or judge that a job of a step is for."""
    if step == JUDGE:
        return CONFIG.judge_of(wildcards.dataset, wildcards.judge)
    return CONFIG.models[wildcards.model]


def asks(step):
    """A param function: JSON of what decides the rows of a step."""
    return lambda wildcards: asks_of(step, entry_of(step, wildcards), CONFIG.askable)


def reached(step):
    """A param function: JSON of how a job reaches what it asks. Taking `resources` keeps it from making jobs stale."""
    return lambda wildcards, resources: reached_by(step, entry_of(step, wildcards), CONFIG.askable)


def asking_code(step, script=None):
    """A param function: digest of the step's script (or another) and of the method that is configured."""
    return lambda wildcards: code(
        script or f"{step}.py", method_file(step, entry_of(step, wildcards).settings["method"])
    )


def cores_of(step):
    """A function for `threads`: waiting for an API needs no core, the demo engine runs beside its job."""
    return lambda wildcards: 0 if entry_of(step, wildcards).backend == "openai" else 1


def asking_python(step):
    """A param function: words that start a job with the keys of what it asks, and with what weights are fetched with.

    A job that writes asks judges, too, while answers come: those that are reached by API.
    """

    def words(wildcards, resources):
        entries = [*roles(step, entry_of(step, wildcards), CONFIG.askable).values()]
        if step == GENERATE:
            judges = (CONFIG.judges[judge] for judge in CONFIG.judges_of(wildcards.dataset, wildcards.model))
            judges = [judge for judge in judges if judge.backend == "openai"]
            entries += [each for judge in judges for each in roles(JUDGE, judge, CONFIG.askable).values()]
        keys = sorted({entry.serving.api_key_env for entry in entries} - {None})
        tokens = HUB_TOKENS if any(entry.backend == "vllm" for entry in entries) else ()
        return python(*keys, *tokens, **({KEYS: ",".join(keys)} if keys else {}))

    return words
