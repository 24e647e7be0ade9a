# Responses: the models answer the prompts. One job per model and dataset; vLLM may have several, one per shard.
#
# Reads:  results/{dataset}/prompts.parquet          Writes:  results/{dataset}/{model}/responses.parquet
#         results/train/{train}/model.json                    work/{dataset}/{model}/responses/{shard}.parquet (vLLM)
#         journal/                                            journal/models/{model}/ (not declared: what was paid for
#                                                             survives a failed job)
#
# generate_responses asks an API (or the demo engine), generate_responses_gpu starts vLLM, import_responses takes what
# was made elsewhere, or the references of the prompts.

from longhand.config.recorded import recorded_file


def model_settings(wildcards):
    return CONFIG.models[wildcards.model].settings


def least_coverage(wildcards, resources):
    """Least share of rows with a response. Taking `resources` keeps it from making jobs stale: scores look again."""
    return CONFIG.raw["scores"]["min_coverage"]


def recorded_responses(wildcards):
    """The file of a recorded model's responses; nothing for a model that is asked, or answers with references."""
    file = recorded_file(model_settings(wildcards), wildcards.dataset)
    return [] if file is None else source_file(file)


def recorded_kind(wildcards):
    return kind_of(recorded_file(model_settings(wildcards), wildcards.dataset))


def response_fields(wildcards):
    """JSON of the columns that responses are read from."""
    fields = model_settings(wildcards)["fields"]
    return canonical({key: fields[key] for key in ("prompt", "context", "response") if key in fields})


def recorded_source(wildcards):
    """Where a recorded model's responses are from, as options: a file, or a column of the prompts."""
    if answers := model_settings(wildcards).get("answers"):
        return options(answers=answers)
    return options(recorded=recorded_responses(wildcards), kind=recorded_kind(wildcards))


def trained_weights(wildcards):
    """The manifest of a model that is trained here; nothing for others."""
    train = model_settings(wildcards).get("train")
    return f"results/train/{train}/model.json" if train else []


rule generate_responses:
    input:
        prompts="results/{dataset}/prompts.parquet",
        trained=trained_weights,
    output:
        "results/{dataset}/{model}/responses.parquet",
    log:
        "logs/generate_responses/{dataset}/{model}.log",
    wildcard_constraints:
        model=at_backend(CONFIG.models, "openai", "demo"),
    priority: 10  # before judging: a judge's server then has all responses before it
    threads: cores_of(GENERATE)
    resources:
        api=1,
        mem_mb=ASKING_MEMORY,
        runtime=ASKING_TIME,
    params:
        asks=asks(GENERATE),
        shard=shard_of_job,
        code=asking_code(GENERATE),
        reached=reached(GENERATE),
        python=asking_python(GENERATE),
    shell:
        "{params.python:q} {SCRIPTS:q}/generate_responses.py --dataset {wildcards.dataset} --model {wildcards.model}"
        " --shard {params.shard} --prompts {input.prompts:q} --asks <(printf %s {params.asks:q})"
        " --reached <(printf %s {params.reached:q}) --trained {input.trained:q}"
        " --server-log {log:q}.server --out {output:q} > {log:q} 2>&1"


use rule generate_responses as generate_responses_gpu with:
    output:
        "work/{dataset}/{model}/responses/{shard}.parquet",
    log:
        "logs/generate_responses_gpu/{dataset}/{model}/{shard}.log",
    wildcard_constraints:
        model=at_backend(CONFIG.models, "vllm"),
    conda:
        "../envs/vllm.yaml"
    threads: 1
    resources:
        api=0,
        gpu=lambda wildcards: model_settings(wildcards)["gpus"],
        gpu_job=1,
        mem_mb=lambda wildcards: model_settings(wildcards)["gpus"] * SERVING_MEMORY,
        runtime=SERVING_TIME,


rule gather_responses:
    input:
        prompts="results/{dataset}/prompts.parquet",
        shards=shards("work/{dataset}/{model}/responses/{shard}.parquet"),
        trained=trained_weights,
    output:
        "results/{dataset}/{model}/responses.parquet",
    log:
        "logs/gather_responses/{dataset}/{model}.log",
    wildcard_constraints:
        model=at_backend(CONFIG.models, "vllm"),
    params:
        asks=asks(GENERATE),  # the table has it too: work/ may be deleted, and with it the shards'
        code=code("gather_shards.py"),
        asking_code=asking_code(GENERATE),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/gather_shards.py --prompts {input.prompts:q} --shards {input.shards:q}"
        " --step {rule} --out {output:q} > {log:q} 2>&1"


rule import_responses:
    input:
        prompts="results/{dataset}/prompts.parquet",
        recorded=recorded_responses,
    output:
        "results/{dataset}/{model}/responses.parquet",
    log:
        "logs/import_responses/{dataset}/{model}.log",
    wildcard_constraints:
        model=at_backend(CONFIG.models, "recorded"),
    params:
        fields=response_fields,
        source=recorded_source,
        samples=lambda wildcards: model_settings(wildcards)["samples"],
        min_coverage=least_coverage,
        code=code("import_responses.py"),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/import_responses.py --prompts {input.prompts:q} {params.source:q}"
        " --fields {params.fields:q} --samples {params.samples}"
        " --min-coverage {params.min_coverage} --name {wildcards.model} --out {output:q} > {log:q} 2>&1"
