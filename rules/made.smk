# Datasets that the run makes: prompts from seed instructions, or from what models wrote.
#
# Reads:  results/{dataset}/prompts.parquet, results/{dataset}/{model}/responses.parquet of the sources
# Writes: results/{dataset}/prompts.parquet, filters.parquet

from longhand.made.sources import sources_of
from longhand.made.slots import SEEDS

MADE = {name: entry["made"] for name, entry in CONFIG.datasets.items() if "made" in entry}

# What is made for the run, and the responses that it is made of.
MADE_FILES = [
    path
    for name in CONFIG.datasets_in_use()
    if name in MADE
    for path in (
        f"results/{name}/prompts.parquet",
        f"results/{name}/filters.parquet",
        *(f"results/{dataset}/{model}/responses.parquet" for dataset, model in sources_of(MADE[name])),
    )
]


def of_sources(pattern):
    """An input function: `pattern` for each source of a made dataset, in order."""
    return lambda wildcards: [
        pattern.format(dataset=dataset, model=model) for dataset, model in sources_of(MADE[wildcards.dataset])
    ]


def seed_file(wildcards):
    """The file of seed instructions; nothing for what is made of responses."""
    settings = MADE[wildcards.dataset].get("slots")
    return [] if settings is None else settings["seeds"] or str(SEEDS)


def made_seed(wildcards):
    """The seed, where something is drawn by it: as an option."""
    made = MADE[wildcards.dataset]
    drawn = "slots" in made or made.get("answers", {}).get("drop_short")
    return options(seed=CONFIG.raw["seed"] if drawn else None)


def made_settings(wildcards):
    """JSON of what is made."""
    return canonical(MADE[wildcards.dataset])


rule make_prompts:
    input:
        prompts=of_sources("results/{dataset}/prompts.parquet"),
        responses=of_sources("results/{dataset}/{model}/responses.parquet"),
        seeds=seed_file,
    output:
        prompts="results/{dataset}/prompts.parquet",
        filters="results/{dataset}/filters.parquet",
    log:
        "logs/make_prompts/{dataset}.log",
    wildcard_constraints:
        dataset=any_of(MADE),
    params:
        made=made_settings,
        seed=made_seed,
        code=code("make_prompts.py"),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/make_prompts.py --name {wildcards.dataset} --made <(printf %s {params.made:q})"
        " {params.seed} --prompts {input.prompts:q} --responses {input.responses:q}"
        " --seeds {input.seeds:q} --out {output.prompts:q} --filters {output.filters:q} > {log:q} 2>&1"
