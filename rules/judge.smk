# Judgements: judges score the responses by the dataset's rubric. One job per judge, model, dataset and shard; it can
# start when the shard's responses are written.
#
# Reads:  work/{dataset}/prompts/{shard}.parquet              Writes:  work/{dataset}/{model}/judgements/{judge}/{shard}.parquet
#         work/{dataset}/{model}/responses/{shard}.parquet             journal/judges/{judge}/{dataset}/{model}/{shard}.jsonl
#         journal/                                                     results/{dataset}/{model}/judgements/{judge}.parquet
#         a rubric of the config                                       work/rubrics/{rubric}.json

from longhand.judging.template import settings_of

# What forms a question and reads a verdict; not what sends it.
JUDGING = ("longhand/ask/client.py", "longhand/wire/content.py", "longhand/judging/rubric.py")
JUDGING += tuple(with_imports(Path(SCRIPTS), "longhand/judging/verdicts.py"))


def rubric_template(wildcards):
    """The template's file, where it comes from an address."""
    rubric = CONFIG.rubrics[wildcards.rubric]
    return source_file(rubric) if "url" in rubric else []


def rubric_file(wildcards):
    return f"work/rubrics/{CONFIG.datasets[wildcards.dataset]['rubric']}.json"


def judged_by(wildcards):
    """JSON of what decides a judge's verdicts. The table has it too: work/ may be deleted, and with it the shards'."""
    judge, dataset = CONFIG.judges[wildcards.judge], CONFIG.datasets[wildcards.dataset]
    asked = {key: judge.settings[key] for key in ("repeats", "attempts")} | {"identity": judge.identity.to_json()}
    rubric = CONFIG.rubrics[dataset["rubric"]]
    return canonical(asked | {"rubric": canonical(settings_of(rubric)), "template": rubric.get("sha256")})


rule prepare_rubric:
    input:
        template=rubric_template,
    output:
        "work/rubrics/{rubric}.json",
    log:
        "logs/prepare_rubric/{rubric}.log",
    params:
        settings=lambda wildcards: canonical(settings_of(CONFIG.rubrics[wildcards.rubric])),
        code=code("prepare_rubric.py"),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/prepare_rubric.py --settings <(printf %s {params.settings:q}) --template {input.template:q}"
        " --out {output:q} > {log:q} 2>&1"


rule judge_responses:
    input:
        prompts="work/{dataset}/prompts/{shard}.parquet",
        split=split_prompts,
        responses="work/{dataset}/{model}/responses/{shard}.parquet",
        rubric=rubric_file,
    output:
        "work/{dataset}/{model}/judgements/{judge}/{shard}.parquet",
    log:
        "logs/judge_responses/{dataset}/{model}/{judge}/{shard}.log",
    wildcard_constraints:
        judge=reached_by(CONFIG.judges, "openai", "demo"),
    threads: cores_of(CONFIG.judges, "judge")
    resources:
        api=1,
        mem_mb=ASKING_MEMORY,
        runtime=ASKING_TIME,
    params:
        identity=lambda wildcards: CONFIG.judges[wildcards.judge].identity.to_json(),
        repeats=lambda wildcards: CONFIG.judges[wildcards.judge].settings["repeats"],
        attempts=lambda wildcards: CONFIG.judges[wildcards.judge].settings["attempts"],
        code=code(*JUDGING),
        serving=serving(CONFIG.judges, "judge"),
        python=asking_python(CONFIG.judges, "judge"),
    shell:
        "{params.python:q} {SCRIPTS:q}/judge_responses.py --prompts {input.prompts:q} --responses {input.responses:q}"
        " --rubric {input.rubric:q} --identity <(printf %s {params.identity:q})"
        " --serving <(printf %s {params.serving:q}) --repeats {params.repeats} --attempts {params.attempts}"
        " --journal journal --shard judges/{wildcards.judge}/{wildcards.dataset}/{wildcards.model}/{wildcards.shard}"
        " --server-log {log:q}.server --out {output:q} > {log:q} 2>&1"


use rule judge_responses as judge_responses_gpu with:
    log:
        "logs/judge_responses_gpu/{dataset}/{model}/{judge}/{shard}.log",
    wildcard_constraints:
        judge=reached_by(CONFIG.judges, "vllm"),
    conda:
        "../envs/vllm.yaml"
    threads: 1
    resources:
        api=0,
        gpu=lambda wildcards: CONFIG.judges[wildcards.judge].settings["gpus"],
        gpu_job=1,
        mem_mb=lambda wildcards: CONFIG.judges[wildcards.judge].settings["gpus"] * SERVING_MEMORY,
        runtime=SERVING_TIME,


rule gather_judgements:
    input:
        prompts="results/{dataset}/prompts.parquet",
        shards=shards("work/{dataset}/{model}/judgements/{judge}/{shard}.parquet"),
    output:
        "results/{dataset}/{model}/judgements/{judge}.parquet",
    log:
        "logs/gather_judgements/{dataset}/{model}/{judge}.log",
    params:
        judged_by=judged_by,
        min_coverage=CONFIG.raw["scores"]["min_coverage"],
        code=code("gather_shards.py", *JUDGING),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/gather_shards.py --prompts {input.prompts:q} --shards {input.shards:q}"
        " --min-coverage {params.min_coverage} --step {rule} --out {output:q} > {log:q} 2>&1"
