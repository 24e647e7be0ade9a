# Traces: the calls of methods that make several for a row, read back from the journal. Nothing is asked.
#
# Reads:  journal/, prompts, responses       Writes:  results/{dataset}/{model}/traces.parquet
#                                                     results/{dataset}/{model}/judgements/{judge}.traces.parquet


from longhand.config.order import responses_wanted
from longhand.jobs.method import method_class


def traced(step, entries):
    """The models or judges whose method makes several calls for a row."""
    return [name for name, entry in entries.items() if method_class(step, entry.settings["method"]).TRACED]


TRACED_MODELS, TRACED_JUDGES = traced(GENERATE, CONFIG.models), traced(JUDGE, CONFIG.judges)
CALLED = [(dataset, model) for dataset, model in responses_wanted(CONFIG.raw) if model in TRACED_MODELS]
MODEL_TRACES = [f"results/{dataset}/{model}/traces.parquet" for dataset, model in CALLED]
JUDGE_TRACES = every("results/{dataset}/{model}/judgements/{judge}.traces.parquet", judges=TRACED_JUDGES)


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
