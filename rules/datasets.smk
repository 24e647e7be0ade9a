# Prompts: from a public address or a user's file to a table.
#
# Reads:  a file at `path`, or fetched from `url`      Writes:  results/{dataset}/prompts.parquet

from longhand.prompts.file_kinds import kind_of

MIXED = [chat for entry in CONFIG.raw["sft"].values() for chat in entry["mix"].values()]
PINNED = {
    entry["sha256"]: entry["url"]
    for entry in [*CONFIG.datasets.values(), *CONFIG.rubrics.values(), *MIXED]
    if "url" in entry
}


def source_file(entry):
    """Where the file of a dataset, rubric or mix lies: its path, or where it is fetched to."""
    return f"work/fetched/{entry['sha256']}" if "url" in entry else entry["path"]


def dataset_file(wildcards):
    return source_file(CONFIG.datasets[wildcards.dataset])


def dataset_fields(wildcards):
    return canonical(CONFIG.datasets[wildcards.dataset]["fields"])


def dataset_sweep(wildcards):
    return canonical(CONFIG.datasets[wildcards.dataset].get("sweep"))


def dataset_forms(wildcards):
    return canonical(CONFIG.datasets[wildcards.dataset]["forms"])


def dataset_kind(wildcards):
    return kind_of(CONFIG.datasets[wildcards.dataset])


rule fetch_file:
    output:
        "work/fetched/{sha256}",
    log:
        "logs/fetch_file/{sha256}.log",
    params:
        url=lambda wildcards: PINNED[wildcards.sha256],
    shell:
        "{PYTHON:q} {SCRIPTS:q}/fetch_file.py --url={params.url:q} --sha256 {wildcards.sha256}"
        " --out {output:q} > {log:q} 2>&1"


rule prepare_prompts:
    input:
        file=dataset_file,
    output:
        "results/{dataset}/prompts.parquet",
    log:
        "logs/prepare_prompts/{dataset}.log",
    wildcard_constraints:
        dataset=any_of(name for name, entry in CONFIG.datasets.items() if "made" not in entry),
    params:
        fields=dataset_fields,
        kind=dataset_kind,
        sweep=dataset_sweep,
        forms=dataset_forms,
        code=code("prepare_prompts.py"),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/prepare_prompts.py --name {wildcards.dataset} --kind={params.kind:q}"
        " --fields <(printf %s {params.fields:q}) --sweep <(printf %s {params.sweep:q})"
        " --forms <(printf %s {params.forms:q})"
        " --file={input.file:q} --out {output:q} > {log:q} 2>&1"
