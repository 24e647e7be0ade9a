# Exports in the form of EvalScope's LongBench-Write module. They are made where the config has `exports: [evalscope]`.
#
# Reads:  results/{dataset}/prompts.parquet               Writes:  results/evalscope/{dataset}/{model}/pred.jsonl,
#         results/{dataset}/{model}/{responses,lengths,            eval_length.jsonl, eval_length_scatter.png,
#         scores}.parquet                                          eval_quality.jsonl


def by_rubric(dataset, model):
    """Judge -> what it scores, of the judges of the evaluation that score a model by the dimensions of the dataset's
    rubric, as EvalScope's do."""
    judges = [name for name in evaluated_judges(dataset, [model]) if CONFIG.is_by_rubric(name)]
    return {judge: scored for judge, scored in dimensions_of(dataset, judges).items() if scored}


EVALSCOPE_FILES = []
# Datasets whose judges grade by the criteria of each prompt alone: EvalScope's form has the same dimensions for all.
WITHOUT_QUALITY = [
    dataset
    for dataset in EVALUATE["datasets"]
    if evaluated_judges(dataset) and not any(by_rubric(dataset, model) for model in EVALUATE["models"])
]
if "evalscope" in CONFIG.raw["exports"]:
    EVALSCOPE_FILES = [
        f"results/evalscope/{dataset}/{model}/{file}"
        for dataset in EVALUATE["datasets"]
        for model in EVALUATE["models"]
        for file in ["pred.jsonl", "eval_length.jsonl"] + ["eval_quality.jsonl"] * bool(by_rubric(dataset, model))
    ]


rule export_pred:
    input:
        prompts="results/{dataset}/prompts.parquet",
        responses="results/{dataset}/{model}/responses.parquet",
        lengths="results/{dataset}/{model}/lengths.parquet",
    output:
        "results/evalscope/{dataset}/{model}/pred.jsonl",
    log:
        "logs/export_pred/{dataset}/{model}.log",
    params:
        code=code("export_pred.py"),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/export_pred.py --prompts {input.prompts:q} --responses {input.responses:q}"
        " --lengths {input.lengths:q} --out {output:q} > {log:q} 2>&1"


rule export_eval_length:
    input:
        prompts="results/{dataset}/prompts.parquet",
        lengths="results/{dataset}/{model}/lengths.parquet",
    output:
        scores="results/evalscope/{dataset}/{model}/eval_length.jsonl",
        scatter="results/evalscope/{dataset}/{model}/eval_length_scatter.png",
    log:
        "logs/export_eval_length/{dataset}/{model}.log",
    params:
        code=code("export_eval_length.py"),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/export_eval_length.py --prompts {input.prompts:q} --lengths {input.lengths:q}"
        " --out {output.scores:q} --scatter {output.scatter:q} > {log:q} 2>&1"


rule export_eval_quality:
    input:
        scores="results/{dataset}/{model}/scores.parquet",
    output:
        "results/evalscope/{dataset}/{model}/eval_quality.jsonl",
    log:
        "logs/export_eval_quality/{dataset}/{model}.log",
    params:
        dimensions=lambda wildcards: canonical(by_rubric(wildcards.dataset, wildcards.model)),
        missing=SCORES["missing"],
        code=code("export_eval_quality.py"),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/export_eval_quality.py --scores {input.scores:q}"
        " --dimensions <(printf %s {params.dimensions:q}) --missing {params.missing} --out {output:q} > {log:q} 2>&1"
