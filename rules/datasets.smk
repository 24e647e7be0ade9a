# Prompts: from a public address or a user's file to a table, and to one file per ask job.
#
# Reads:  a file at `path`, or fetched from `url`      Writes:  results/{dataset}/prompts.parquet
#                                                               work/{dataset}/prompts/{shard}.parquet

from longhand.prompts.sources import kind_of

PINNED = {
    entry["sha256"]: entry["url"] for entry in [*CONFIG.datasets.values(), *CONFIG.rubrics.values()] if "url" in entry
}


def source_file(entry):
    """Where the file of a dataset or rubric lies: its path, or where it is fetched to."""
    return f"work/fetched/{entry['sha256']}" if "url" in entry else entry["path"]


def dataset_file(wildcards):
    return source_file(CONFIG.datasets[wildcards.dataset])


def dataset_fields(wildcards):
    return canonical(CONFIG.datasets[wildcards.dataset]["fields"])


def dataset_sweep(wildcards):
    return canonical(CONFIG.datasets[wildcards.dataset].get("sweep"))


def dataset_kind(wildcards):
    return kind_of(CONFIG.datasets[wildcards.dataset])


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
    params:
        fields=dataset_fields,
        kind=dataset_kind,
        sweep=dataset_sweep,
        code=code("prepare_prompts.py"),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/prepare_prompts.py --name {wildcards.dataset} --kind={params.kind:q}"
        " --fields <(printf %s {params.fields:q}) --sweep <(printf %s {params.sweep:q})"
        " --file={input.file:q} --out {output:q} > {log:q} 2>&1"


# One checkpoint per number of shards, since an output's files must be known by name. Being a checkpoint, it lets
# Snakemake see which shards have changed before it plans the jobs that ask.
for number in sorted({len(CONFIG.shards(name)) for name in CONFIG.datasets_in_use()}):

    checkpoint:
        name:
            f"shard_prompts_{number}"
        input:
            prompts="results/{dataset}/prompts.parquet",
        output:
            expand("work/{{dataset}}/prompts/{shard}.parquet", shard=[f"{i:03d}" for i in range(number)]),
        log:
            "logs/shard_prompts/{dataset}.log",
        wildcard_constraints:
            dataset=any_of(name for name in CONFIG.datasets_in_use() if len(CONFIG.shards(name)) == number),
        params:
            shards=number,
            code=code("shard_prompts.py"),
        shell:
            "{PYTHON:q} {SCRIPTS:q}/shard_prompts.py --prompts {input.prompts:q} --out {output:q} > {log:q} 2>&1"
