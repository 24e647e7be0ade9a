# Training through TRL's own commands, on a GPU.
#
# Reads:  results/preferences/{data}/pairs.parquet     Writes:  results/train/{train}/tokens.json: what would be cut, what would fit
#         or results/sft/{data}/train.parquet                   work/train/{train}/ (checkpoints; not declared: a killed
#                                                               training goes on from them)
#                                                               results/train/{train}/model/ (weights), trainer_state.json,
#                                                               model.json (their manifest, written last)

from longhand.config.trainings import DATA, accelerate_file, base_of, files_of
from longhand.training.settings import deciding, operational

TRAIN = CONFIG.raw["train"]
TRAINING_TIME = 24 * 60  # minutes; a job that runs out of it goes on from its last checkpoint
TRAINING_PYTHON = python(*HUB_TOKENS)  # gated weights
COUNTED = ("method", "max_length", "packing", "packing_strategy", "trust_remote_code", "files")


def training_of(train):
    """What decides the weights of a training, the files that it reads on this machine with it."""
    files = files_of(train, CONFIG.raw)
    return deciding(TRAIN[train], CONFIG.raw["seed"]) | ({"files": files} if files else {})


def training_data(wildcards):
    entry = TRAIN[wildcards.train]
    return f"results/{DATA[entry['method']]}/{entry['data']}/{'pairs' if entry['method'] == 'dpo' else 'train'}.parquet"


def policy_weights(wildcards):
    """The manifest of a base that is trained here too; nothing for others."""
    train = CONFIG.raw["models"].get(TRAIN[wildcards.train].get("policy"), {}).get("train")
    return f"results/train/{train}/model.json" if train else []


def training_settings(wildcards):
    return training_of(wildcards.train)


def training_base(wildcards):
    return options(**base_of(wildcards.train, CONFIG.raw))


def training_job(wildcards, resources):
    """JSON of how a training runs. Taking `resources` keeps it from making models stale."""
    entry = TRAIN[wildcards.train]
    return canonical(operational(entry, str(accelerate_file(entry))) | {"trl": CONFIG.raw["commands"]["trl"]})


rule count_tokens:
    input:
        data=training_data,
        policy=policy_weights,
    output:
        "results/train/{train}/tokens.json",
    log:
        "logs/count_tokens/{train}.log",
    conda:
        "../envs/train.yaml"
    params:
        settings=lambda wildcards: canonical({k: v for k, v in training_settings(wildcards).items() if k in COUNTED}),
        base=training_base,
        code=code("longhand/training/token_counter.py"),
        training=lambda wildcards, resources: canonical(training_settings(wildcards)),  # for the memory: never stale
        job=training_job,
    shell:
        "{TRAINING_PYTHON:q} {SCRIPTS:q}/count_tokens.py --name {wildcards.train} --data {input.data:q}"
        " --settings <(printf %s {params.training:q}) --job <(printf %s {params.job:q})"
        " {params.base:q} --policy {input.policy:q} --out {output:q} > {log:q} 2>&1"


rule train_model:
    input:
        data=training_data,
        policy=policy_weights,
        tokens="results/train/{train}/tokens.json",
    output:
        "results/train/{train}/model.json",
    log:
        "logs/train_model/{train}.log",
    conda:
        "../envs/train.yaml"
    resources:
        gpu=lambda wildcards: TRAIN[wildcards.train]["gpus"],
        gpu_job=1,
        mem_mb=lambda wildcards: TRAIN[wildcards.train]["gpus"] * SERVING_MEMORY,
        runtime=TRAINING_TIME,
    params:
        settings=lambda wildcards: canonical(training_settings(wildcards)),
        base=training_base,
        job=training_job,
    shell:
        "{TRAINING_PYTHON:q} {SCRIPTS:q}/train_model.py --name {wildcards.train} --data {input.data:q}"
        " --settings <(printf %s {params.settings:q}) --job <(printf %s {params.job:q})"
        " {params.base:q} --policy {input.policy:q}"
        " --tokens {input.tokens:q} --checkpoints work/train/{wildcards.train} --out {output:q} > {log:q} 2>&1"
