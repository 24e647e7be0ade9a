# Scores: what is known about each response, joined; and the leaderboard of their means.
#
# Reads:  results/{dataset}/prompts.parquet                        Writes:  results/{dataset}/{model}/scores.parquet
#         results/{dataset}/{model}/responses, lengths,                     results/leaderboard.parquet, .csv, .md
#         judgements/{judge}.parquet, traces.parquet
#         results/{dataset}/{judge}.facts.parquet, results/succession.parquet, results/totals.parquet

SCORES = CONFIG.raw["scores"]


def prices(entries):
    """JSON of the prices of models or judges, for the leaderboard's costs."""
    return canonical({name: entry.serving.price for name, entry in entries.items()})


def helpers_of(name):
    """Role -> name of the other entry that answers a model's calls in it."""
    named = roles(GENERATE, CONFIG.models[name], CONFIG.askable).items()
    return {role: each.name for role, each in named if each.name != name}


HELPED = {name: helpers for name in EVALUATE["models"] if (helpers := helpers_of(name))}


def judgements_of(wildcards):
    judges = CONFIG.judges_of(wildcards.dataset, wildcards.model)
    return expand("results/{dataset}/{model}/judgements/{judge}.parquet", **wildcards, judge=judges)


def dimensions_of(dataset, judges):
    """Judge -> what it scores in responses to a dataset."""
    return {judge: CONFIG.dimensions_of(dataset, judge) for judge in judges}


def dimensions_of_judges(wildcards):
    """JSON: judge of a model's responses -> what it scores."""
    return canonical(dimensions_of(wildcards.dataset, CONFIG.judges_of(wildcards.dataset, wildcards.model)))


def evaluated_dimensions(wildcards):
    """JSON: dataset -> judge of the evaluation -> what it scores. A function: what stands in braces is no wildcard."""
    return canonical({dataset: dimensions_of(dataset, evaluated_judges(dataset)) for dataset in EVALUATE["datasets"]})


rule join_scores:
    input:
        prompts="results/{dataset}/prompts.parquet",
        responses="results/{dataset}/{model}/responses.parquet",
        lengths="results/{dataset}/{model}/lengths.parquet",
        judgements=judgements_of,
    output:
        "results/{dataset}/{model}/scores.parquet",
    log:
        "logs/join_scores/{dataset}/{model}.log",
    params:
        dimensions=dimensions_of_judges,
        ranges=lambda wildcards: CONFIG.datasets[wildcards.dataset]["ranges"],
        missing=SCORES["missing"],
        min_coverage=SCORES["min_coverage"],
        code=code("join_scores.py"),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/join_scores.py --prompts {input.prompts:q} --responses {input.responses:q}"
        " --lengths {input.lengths:q} --judgements {input.judgements:q} --dimensions <(printf %s {params.dimensions:q})"
        " --ranges {params.ranges} --missing {params.missing} --min-coverage {params.min_coverage}"
        " --out {output:q} > {log:q} 2>&1"


rule build_leaderboard:
    input:
        scores=expand(
            "results/{dataset}/{model}/scores.parquet", dataset=EVALUATE["datasets"], model=EVALUATE["models"]
        ),
        traces=every("results/{dataset}/{model}/traces.parquet", models=HELPED),
        facts=facts_evaluated(),
        certification=CERTIFICATION,
        succession=SUCCESSION_FILES,
        totals=TOTAL_FILES,
    output:
        table="results/leaderboard.parquet",
        csv=report("results/leaderboard.csv", caption="../resources/captions/leaderboard.rst"),
        markdown="results/leaderboard.md",
    log:
        "logs/build_leaderboard.log",
    params:
        dimensions=evaluated_dimensions,
        panels=lambda wildcards: canonical(SCORES["panels"]),
        missing=SCORES["missing"],
        certified=lambda wildcards: certified_options(*EVALUATE["datasets"]),  # a function: braces in it are no wildcards
        required="--require-certified" if SCORES["require_certified"] else [],
        helpers=canonical(HELPED),
        prices=prices(CONFIG.models),
        judge_prices=prices(CONFIG.judges),
        code=code("build_leaderboard.py"),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/build_leaderboard.py --scores {input.scores:q}"
        " --dimensions <(printf %s {params.dimensions:q}) --traces {input.traces:q} --facts {input.facts:q}"
        " --panels <(printf %s {params.panels:q}) --succession {input.succession:q}"
        " --totals {input.totals:q}"
        " --certification {input.certification:q} {params.certified:q} {params.required}"
        " --helpers <(printf %s {params.helpers:q}) --missing {params.missing} --prices <(printf %s {params.prices:q})"
        " --judge-prices <(printf %s {params.judge_prices:q})"
        " --out {output.table:q} --csv {output.csv:q} --markdown {output.markdown:q} > {log:q} 2>&1"
