# Datasets that the run makes: prompts from seed instructions, from documents, from what models wrote, or a sample.
#
# Reads:  results/{dataset}/prompts.parquet, results/{dataset}/{model}/responses.parquet of the sources; documents
# Writes: results/{dataset}/prompts.parquet, filters.parquet

from functools import cache

from longhand.config.file_digests import digest_of_files
from longhand.jobs.templates import made_with_templates
from longhand.made.sources import drawn_from, sources_of
from longhand.made.slots import SEEDS
from longhand.prompts.folders import text_files

try:
    MADE = {
        name: made_with_templates(entry, name, Path()) for name, entry in CONFIG.datasets.items() if "made" in entry
    }
except LonghandError as e:
    sys.exit(f"error: {e}")

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


def source_prompts(wildcards):
    """The prompts of the sources, in order; of a sample, those that it is drawn from."""
    source = drawn_from(MADE[wildcards.dataset])
    return (
        of_sources("results/{dataset}/prompts.parquet")(wildcards)
        if source is None
        else f"results/{source}/prompts.parquet"
    )


def seed_file(wildcards):
    """The file of seed instructions; nothing for what is made of responses."""
    settings = MADE[wildcards.dataset].get("slots")
    return [] if settings is None else settings["seeds"] or str(SEEDS)


def documents_path(wildcards):
    """The folder or file of documents; None for what is made of anything else."""
    return MADE[wildcards.dataset].get("documents", {}).get("path")


def documents_file(wildcards):
    """A file of documents. The files of a folder are no inputs: they may have any name, and there may be many."""
    path = documents_path(wildcards)
    return path if path is not None and os.path.isfile(path) else []


@cache
def folder_digest(path):
    return digest_of_files(path, text_files(Path(path)))


def documents_digest(wildcards):
    """Digest of the texts in a folder of documents."""
    path = documents_path(wildcards)
    return folder_digest(path) if path is not None and os.path.isdir(path) else ""


def made_seed(wildcards):
    """The seed, where something is drawn by it: as an option."""
    made = MADE[wildcards.dataset]
    drawn = {"slots", "documents", "drawn"} & made.keys() or made.get("answers", {}).get("drop_short")
    return options(seed=CONFIG.raw["seed"] if drawn else None)


def made_settings(wildcards):
    """JSON of what is made."""
    return canonical(MADE[wildcards.dataset])


rule make_prompts:
    input:
        prompts=source_prompts,
        responses=of_sources("results/{dataset}/{model}/responses.parquet"),
        seeds=seed_file,
        documents=documents_file,
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
        documents=lambda wildcards: options(documents=documents_path(wildcards)),
        documents_digest=documents_digest,
        code=code("make_prompts.py"),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/make_prompts.py --name {wildcards.dataset} --made <(printf %s {params.made:q})"
        " {params.seed} --prompts {input.prompts:q} --responses {input.responses:q}"
        " --seeds {input.seeds:q} {params.documents:q} --out {output.prompts:q} --filters {output.filters:q} > {log:q} 2>&1"
