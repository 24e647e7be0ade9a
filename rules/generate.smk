# Responses: the models answer the prompts. One job per model, dataset and shard.
#
# Reads:  work/{dataset}/prompts/{shard}.parquet     Writes:  work/{dataset}/{model}/responses/{shard}.parquet
#         journal/                                            journal/models/{model}/{dataset}/{shard}.jsonl (not declared:
#         results/train/{train}/model.json
#                                                             what was paid for survives a failed job)
#                                                             results/{dataset}/{model}/responses.parquet
#
# Three rules make shards: generate_responses asks an API (or the demo engine), generate_responses_gpu starts vLLM,
# import_responses takes what was made elsewhere.

# What forms a request and reads an answer; not what sends it.
ASKING = ("longhand/ask/client.py", "longhand/wire/content.py", "longhand/methods/direct.py")


def model_settings(wildcards):
    return CONFIG.models[wildcards.model].settings


def recorded_file(wildcards):
    """The file of a recorded model's responses; nothing for a model that is asked."""
    return model_settings(wildcards).get("path", [])


def trained_weights(wildcards):
    """The manifest of a model that is trained here; nothing for others."""
    train = model_settings(wildcards).get("train")
    return f"results/train/{train}/model.json" if train else []


def made_by(wildcards):
    """JSON of what decides a model's responses. The table has it too: work/ may be deleted, and with it the shards'."""
    settings = {key: model_settings(wildcards).get(key) for key in ("samples", "fields")}
    return canonical(settings | {"identity": CONFIG.models[wildcards.model].identity.to_json()})


def cores_of(asked, wildcard):
    """A function for `threads`: waiting for an API needs no core, the demo engine runs beside its job."""

    def cores(wildcards):
        return 0 if asked[wildcards[wildcard]].backend == "openai" else 1

    return cores


rule generate_responses:
    input:
        prompts="work/{dataset}/prompts/{shard}.parquet",
        split=split_prompts,
        trained=trained_weights,
    output:
        "work/{dataset}/{model}/responses/{shard}.parquet",
    log:
        "logs/generate_responses/{dataset}/{model}/{shard}.log",
    wildcard_constraints:
        model=reached_by(CONFIG.models, "openai", "demo"),
    threads: cores_of(CONFIG.models, "model")
    resources:
        api=1,
        mem_mb=ASKING_MEMORY,
        runtime=ASKING_TIME,
    params:
        identity=lambda wildcards: CONFIG.models[wildcards.model].identity.to_json(),
        samples=lambda wildcards: model_settings(wildcards)["samples"],
        code=code(*ASKING),
        serving=serving(CONFIG.models, "model"),
        python=asking_python(CONFIG.models, "model"),
    shell:
        "{params.python:q} {SCRIPTS:q}/generate_responses.py --prompts {input.prompts:q} --identity <(printf %s {params.identity:q})"
        " --serving <(printf %s {params.serving:q}) --trained {input.trained:q} --samples {params.samples}"
        " --journal journal --shard models/{wildcards.model}/{wildcards.dataset}/{wildcards.shard}"
        " --server-log {log:q}.server --out {output:q} > {log:q} 2>&1"


use rule generate_responses as generate_responses_gpu with:
    log:
        "logs/generate_responses_gpu/{dataset}/{model}/{shard}.log",
    wildcard_constraints:
        model=reached_by(CONFIG.models, "vllm"),
    conda:
        "../envs/vllm.yaml"
    threads: 1
    resources:
        api=0,
        gpu=lambda wildcards: model_settings(wildcards)["gpus"],
        gpu_job=1,
        mem_mb=lambda wildcards: model_settings(wildcards)["gpus"] * SERVING_MEMORY,
        runtime=SERVING_TIME,


rule import_responses:
    input:
        prompts="work/{dataset}/prompts/{shard}.parquet",
        split=split_prompts,
        recorded=recorded_file,
        dataset=ancient("results/{dataset}/prompts.parquet"),  # a new prompt that makes a match ambiguous fails in its shard
    output:
        "work/{dataset}/{model}/responses/{shard}.parquet",
    log:
        "logs/import_responses/{dataset}/{model}/{shard}.log",
    wildcard_constraints:
        model=reached_by(CONFIG.models, "recorded"),
    params:
        fields=lambda wildcards: canonical(model_settings(wildcards)["fields"]),
        samples=lambda wildcards: model_settings(wildcards)["samples"],
        code=code("import_responses.py"),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/import_responses.py --prompts {input.prompts:q} --recorded={input.recorded:q}"
        " --dataset {input.dataset:q} --fields {params.fields:q} --samples {params.samples}"
        " --name {wildcards.model} --out {output:q} > {log:q} 2>&1"


rule gather_responses:
    input:
        prompts="results/{dataset}/prompts.parquet",
        shards=shards("work/{dataset}/{model}/responses/{shard}.parquet"),
        recorded=recorded_file,
        trained=trained_weights,
    output:
        "results/{dataset}/{model}/responses.parquet",
    log:
        "logs/gather_responses/{dataset}/{model}.log",
    params:
        made_by=made_by,
        min_coverage=CONFIG.raw["scores"]["min_coverage"],
        code=code("gather_shards.py", *ASKING),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/gather_shards.py --prompts {input.prompts:q} --shards {input.shards:q}"
        " --min-coverage {params.min_coverage} --step {rule} --out {output:q} > {log:q} 2>&1"
