# Metrics: how much of the references the responses have, and grades as their benchmark publishes them. Pure computing.
#
# Reads:  results/{dataset}/prompts.parquet                         Writes:  results/{dataset}/{model}/metrics.parquet
#         results/{dataset}/{model}/responses.parquet,                       results/totals.parquet
#         judgements/{judge}.parquet


from longhand.config.published import published_totals, published_way


def dataset_published(dataset):
    """How grades by a dataset's rubric are published; None: nothing says so."""
    return published_way(CONFIG.rubrics.get(CONFIG.datasets[dataset]["rubric"], {}))


def published_judgements(wildcards):
    """The verdicts by the dataset's rubric, where that publishes its grades in a way of its own."""
    if dataset_published(wildcards.dataset) is None:
        return []
    judges = CONFIG.judges_of(wildcards.dataset, wildcards.model)
    by_rubric = [name for name in judges if CONFIG.is_by_rubric(name)]
    return expand("results/{dataset}/{model}/judgements/{judge}.parquet", **wildcards, judge=by_rubric)


MEASURED = [
    name for name in EVALUATE["datasets"] if CONFIG.datasets[name]["metrics"] or dataset_published(name) is not None
]
METRIC_FILES = expand("results/{dataset}/{model}/metrics.parquet", dataset=MEASURED, model=EVALUATE["models"])

# Totals of which any dataset is evaluated. Where another is not, there is no total, and the table says so.
TOTALS = published_totals(CONFIG.datasets, [name for name in MEASURED if dataset_published(name) is not None])
TOTAL_FILES = ["results/totals.parquet"] if TOTALS and EVALUATE["models"] and EVALUATE["judges"] else []


rule score_metrics:
    input:
        prompts="results/{dataset}/prompts.parquet",
        responses="results/{dataset}/{model}/responses.parquet",
        judgements=published_judgements,
    output:
        "results/{dataset}/{model}/metrics.parquet",
    log:
        "logs/score_metrics/{dataset}/{model}.log",
    wildcard_constraints:
        dataset=any_of(MEASURED),
    params:
        metrics=lambda wildcards: canonical(CONFIG.datasets[wildcards.dataset]["metrics"]),
        published=lambda wildcards: canonical(dataset_published(wildcards.dataset)),
        code=code("score_metrics.py"),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/score_metrics.py --prompts {input.prompts:q} --responses {input.responses:q}"
        " --judgements {input.judgements:q} --metrics <(printf %s {params.metrics:q})"
        " --published <(printf %s {params.published:q})"
        " --out {output:q} > {log:q} 2>&1"


rule build_totals:
    input:
        metrics=expand(
            "results/{dataset}/{model}/metrics.parquet",
            dataset=[name for name in MEASURED if name in sum(TOTALS.values(), [])],
            model=EVALUATE["models"],
        ),
    output:
        "results/totals.parquet",
    log:
        "logs/build_totals.log",
    params:
        totals=canonical(TOTALS),
        judges=EVALUATE["judges"],
        code=code("build_totals.py"),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/build_totals.py --metrics {input.metrics:q} --totals <(printf %s {params.totals:q})"
        " --judges {params.judges:q} --out {output:q} > {log:q} 2>&1"
