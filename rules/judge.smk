# Judgements: judges score the responses by the dataset's rubric. One job per judge, model and dataset; vLLM may have
# several, one per shard. A judge that is reached by API is asked while the responses come: then its job finds most
# verdicts in the journal. A recorded judge is asked nothing: its verdicts stand in the files of recorded models. One
# with `batch: true` is asked in batches: submit_batch makes them, and judge_responses collects them, or ends with "not
# finished", and the next run goes on.
#
# Reads:  results/{dataset}/prompts.parquet                  Writes:  results/{dataset}/{model}/judgements/{judge}.parquet
#         results/{dataset}/{model}/responses.parquet                 work/{dataset}/{model}/judgements/{judge}/{shard}.parquet (vLLM)
#         journal/                                                    journal/judges/{judge}/
#                                                                     work/{dataset}/{model}/batches/{judge}.json (batches)
#         a rubric of the config                                      work/rubrics/{rubric}.json

from longhand.judging.template import settings_of


def judge_settings(wildcards):
    return CONFIG.judges[wildcards.judge].settings


def rubric_template(wildcards):
    """The template's file, where it comes from an address."""
    rubric = CONFIG.rubrics[wildcards.rubric]
    return source_file(rubric) if "url" in rubric else []


def rubric_file(wildcards):
    """The rubric of a judge that judges by one."""
    if not CONFIG.is_by_rubric(wildcards.judge):
        return []
    return f"work/rubrics/{CONFIG.datasets[wildcards.dataset]['rubric']}.json"


def rubric_settings(wildcards):
    """JSON of the dataset's rubric, where it counts: the table has it too, since work/ may be deleted."""
    if not CONFIG.is_by_rubric(wildcards.judge):
        return ""
    rubric = CONFIG.rubrics[CONFIG.datasets[wildcards.dataset]["rubric"]]
    return canonical({"rubric": canonical(settings_of(rubric)), "template": rubric.get("sha256")})


def submitted_file(wildcards):
    """What says which batches were submitted, of a judge that is asked in batches."""
    if not CONFIG.judges[wildcards.judge].serving.batch:
        return []
    return "work/{dataset}/{model}/batches/{judge}.json".format(**wildcards)


rule prepare_rubric:
    input:
        template=rubric_template,
    output:
        "work/rubrics/{rubric}.json",
    log:
        "logs/prepare_rubric/{rubric}.log",
    priority: 20  # judges that are asked while responses come need it
    params:
        settings=lambda wildcards: canonical(settings_of(CONFIG.rubrics[wildcards.rubric])),
        code=code("prepare_rubric.py"),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/prepare_rubric.py --settings <(printf %s {params.settings:q}) --template {input.template:q}"
        " --out {output:q} > {log:q} 2>&1"


rule submit_batch:
    input:
        prompts="results/{dataset}/prompts.parquet",
        responses="results/{dataset}/{model}/responses.parquet",
        rubric=rubric_file,
    output:
        "work/{dataset}/{model}/batches/{judge}.json",
    log:
        "logs/submit_batch/{dataset}/{model}/{judge}.log",
    wildcard_constraints:
        judge=any_of(name for name, entry in CONFIG.judges.items() if entry.serving.batch),
    priority: 10  # while providers work on what is submitted, the rest goes on
    threads: cores_of(JUDGE)
    resources:
        api=1,
        mem_mb=ASKING_MEMORY,
        runtime=ASKING_TIME,
    params:
        asks=asks(JUDGE),
        rubric=rubric_settings,
        shard=shard_of_job,
        code=asking_code(JUDGE, "submit_batch.py"),
        reached=reached(JUDGE),
        python=asking_python(JUDGE),
    shell:
        "{params.python:q} {SCRIPTS:q}/submit_batch.py --dataset {wildcards.dataset} --model {wildcards.model}"
        " --judge {wildcards.judge} --shard {params.shard} --prompts {input.prompts:q} --responses {input.responses:q}"
        " --rubric {input.rubric:q} --asks <(printf %s {params.asks:q}) --reached <(printf %s {params.reached:q})"
        " --out {output:q} > {log:q} 2>&1"


rule judge_responses:
    input:
        prompts="results/{dataset}/prompts.parquet",
        responses="results/{dataset}/{model}/responses.parquet",
        rubric=rubric_file,
        submitted=submitted_file,
    output:
        "results/{dataset}/{model}/judgements/{judge}.parquet",
    log:
        "logs/judge_responses/{dataset}/{model}/{judge}.log",
    wildcard_constraints:
        judge=at_backend(CONFIG.judges, "openai", "demo"),
    threads: cores_of(JUDGE)
    resources:
        api=1,
        mem_mb=ASKING_MEMORY,
        runtime=ASKING_TIME,
    params:
        asks=asks(JUDGE),
        rubric=rubric_settings,
        shard=shard_of_job,
        code=asking_code(JUDGE),
        reached=reached(JUDGE),
        python=asking_python(JUDGE),
    shell:
        "{params.python:q} {SCRIPTS:q}/judge_responses.py --dataset {wildcards.dataset} --model {wildcards.model}"
        " --judge {wildcards.judge} --shard {params.shard} --prompts {input.prompts:q} --responses {input.responses:q}"
        " --rubric {input.rubric:q} --submitted {input.submitted:q} --asks <(printf %s {params.asks:q})"
        " --reached <(printf %s {params.reached:q})"
        " --server-log {log:q}.server --out {output:q} > {log:q} 2>&1"


use rule judge_responses as judge_responses_gpu with:
    output:
        "work/{dataset}/{model}/judgements/{judge}/{shard}.parquet",
    log:
        "logs/judge_responses_gpu/{dataset}/{model}/{judge}/{shard}.log",
    wildcard_constraints:
        judge=at_backend(CONFIG.judges, "vllm"),
    conda:
        "../envs/vllm.yaml"
    threads: 1
    resources:
        api=0,
        gpu=lambda wildcards: judge_settings(wildcards)["gpus"],
        gpu_job=1,
        mem_mb=lambda wildcards: judge_settings(wildcards)["gpus"] * SERVING_MEMORY,
        runtime=SERVING_TIME,


rule gather_judgements:
    input:
        prompts="results/{dataset}/prompts.parquet",
        shards=shards("work/{dataset}/{model}/judgements/{judge}/{shard}.parquet"),
    output:
        "results/{dataset}/{model}/judgements/{judge}.parquet",
    log:
        "logs/gather_judgements/{dataset}/{model}/{judge}.log",
    wildcard_constraints:
        judge=at_backend(CONFIG.judges, "vllm"),
    params:
        asks=asks(JUDGE),
        rubric=rubric_settings,
        code=code("gather_shards.py"),
        asking_code=asking_code(JUDGE),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/gather_shards.py --prompts {input.prompts:q} --shards {input.shards:q}"
        " --step {rule} --out {output:q} > {log:q} 2>&1"


def recorded_rubric(wildcards):
    """JSON of what recorded verdicts are held against."""
    rubric = CONFIG.rubrics[CONFIG.datasets[wildcards.dataset]["rubric"]]
    dimensions = list(rubric["dimensions"]) if "dimensions" in rubric else None
    return canonical({"scale": rubric["scale"], "dimensions": dimensions, "values": rubric.get("values")})


rule import_verdicts:
    input:
        prompts="results/{dataset}/prompts.parquet",
        responses="results/{dataset}/{model}/responses.parquet",
        recorded=recorded_responses,
    output:
        "results/{dataset}/{model}/judgements/{judge}.parquet",
    log:
        "logs/import_verdicts/{dataset}/{model}/{judge}.log",
    wildcard_constraints:
        model=at_backend(CONFIG.models, "recorded"),
        judge=at_backend(CONFIG.judges, "recorded"),
    params:
        kind=recorded_kind,
        fields=lambda wildcards: canonical(model_settings(wildcards)["fields"]),
        verdicts=lambda wildcards: canonical(model_settings(wildcards)["verdicts"]),
        rubric=recorded_rubric,
        min_coverage=least_coverage,
        code=code("import_verdicts.py"),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/import_verdicts.py --prompts {input.prompts:q} --responses {input.responses:q}"
        " --recorded {input.recorded:q} --kind={params.kind:q} --fields <(printf %s {params.fields:q})"
        " --verdicts <(printf %s {params.verdicts:q}) --rubric <(printf %s {params.rubric:q})"
        " --judge {wildcards.judge} --min-coverage {params.min_coverage} --out {output:q} > {log:q} 2>&1"
