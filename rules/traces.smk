# Traces: the calls of methods that make several for a row, read back from the journal; and what a judge took out of
# contexts, which all responses share. Nothing is asked.
#
# Reads:  journal/, prompts, responses,      Writes:  results/{dataset}/{model}/traces.parquet
#         judgements                                  results/{dataset}/{model}/judgements/{judge}.traces.parquet
#                                                     results/{dataset}/{judge}.facts.parquet


from longhand.config.order import responses_wanted
from longhand.jobs.method import method_class


def traced(step, entries):
    """The models or judges whose method makes several calls for a row."""
    return [name for name, entry in entries.items() if method_class(step, entry.settings["method"]).TRACED]


TRACED_MODELS, TRACED_JUDGES = traced(GENERATE, CONFIG.models), traced(JUDGE, CONFIG.judges)
FACT_JUDGES = [name for name in TRACED_JUDGES if not CONFIG.is_by_rubric(name)]
CALLED = [(dataset, model) for dataset, model in responses_wanted(CONFIG.raw) if model in TRACED_MODELS]
MODEL_TRACES = [f"results/{dataset}/{model}/traces.parquet" for dataset, model in CALLED]
JUDGED = [
    (dataset, model, judge)
    for dataset, model in responses_wanted(CONFIG.raw)
    for judge in CONFIG.judges_of(dataset, model)
    if judge in TRACED_JUDGES
]
JUDGE_TRACES = [f"results/{dataset}/{model}/judgements/{judge}.traces.parquet" for dataset, model, judge in JUDGED]
# Judges that take facts out of contexts, and the datasets that they judge.
TAKEN = list(dict.fromkeys((dataset, judge) for dataset, _, judge in JUDGED if judge in FACT_JUDGES))
FACTS = [f"results/{dataset}/{judge}.facts.parquet" for dataset, judge in TAKEN]


def judged_by(wildcards):
    """What a judge says of all responses to a dataset that it judges."""
    named = (wildcards.dataset, wildcards.judge)
    models = [model for dataset, model, judge in JUDGED if (dataset, judge) == named]
    return expand("results/{dataset}/{model}/judgements/{judge}.parquet", model=models, **wildcards)


def facts_evaluated():
    """The tables of facts behind the leaderboard."""
    return list(dict.fromkeys(every("results/{dataset}/{judge}.facts.parquet", judges=FACT_JUDGES)))


rule collect_traces:
    input:
        prompts="results/{dataset}/prompts.parquet",
        responses="results/{dataset}/{model}/responses.parquet",
        trained=trained_weights,
    output:
        "results/{dataset}/{model}/traces.parquet",
    log:
        "logs/collect_traces/{dataset}/{model}.log",
    wildcard_constraints:
        model=any_of(TRACED_MODELS),
    params:
        asks=asks(GENERATE),
        code=asking_code(GENERATE, "collect_traces.py"),
        reached=reached(GENERATE),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/collect_traces.py --dataset {wildcards.dataset} --model {wildcards.model}"
        " --prompts {input.prompts:q} --responses {input.responses:q} --asks <(printf %s {params.asks:q})"
        " --reached <(printf %s {params.reached:q}) --trained {input.trained:q} --out {output:q} > {log:q} 2>&1"


rule collect_judge_traces:
    input:
        prompts="results/{dataset}/prompts.parquet",
        responses="results/{dataset}/{model}/responses.parquet",
        judgements="results/{dataset}/{model}/judgements/{judge}.parquet",
        rubric=rubric_file,
    output:
        "results/{dataset}/{model}/judgements/{judge}.traces.parquet",
    log:
        "logs/collect_judge_traces/{dataset}/{model}/{judge}.log",
    wildcard_constraints:
        judge=any_of(TRACED_JUDGES),
    params:
        asks=asks(JUDGE),
        code=asking_code(JUDGE, "collect_traces.py"),
        reached=reached(JUDGE),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/collect_traces.py --dataset {wildcards.dataset} --model {wildcards.model}"
        " --judge {wildcards.judge} --prompts {input.prompts:q} --responses {input.responses:q} --rubric {input.rubric:q}"
        " --asks <(printf %s {params.asks:q}) --reached <(printf %s {params.reached:q}) --out {output:q} > {log:q} 2>&1"


rule collect_facts:
    input:
        prompts="results/{dataset}/prompts.parquet",
        judgements=judged_by,
    output:
        "results/{dataset}/{judge}.facts.parquet",
    log:
        "logs/collect_facts/{dataset}/{judge}.log",
    wildcard_constraints:
        judge=any_of(FACT_JUDGES),
    params:
        asks=asks(JUDGE),
        code=asking_code(JUDGE, "collect_facts.py"),
        reached=reached(JUDGE),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/collect_facts.py --dataset {wildcards.dataset} --judge {wildcards.judge}"
        " --prompts {input.prompts:q} --judgements {input.judgements:q} --asks <(printf %s {params.asks:q})"
        " --reached <(printf %s {params.reached:q}) --out {output:q} > {log:q} 2>&1"
