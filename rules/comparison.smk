# Every two models of the evaluation on the prompts that both have, and how often each scores higher than the others.
# Made where two or more models are evaluated.
#
# Reads:  results/{dataset}/{model}/scores.parquet     Writes:  results/comparison.parquet
#         judgements/{judge}.parquet of judges                  results/win_rates.parquet
#         with repeats

COMPARISON_FILES = {
    "comparison": "results/comparison.parquet",
    "win_rates": "results/win_rates.parquet",
}
COMPARED = COMPARISON_FILES if len(EVALUATE["models"]) > 1 and EVALUATE["datasets"] else {}
"""The tables that the run makes."""

REPEATING = [name for name in EVALUATE["judges"] if CONFIG.judges[name].settings.get("repeats", 1) > 1]


def made_of():
    """Model that was trained here -> the one that it was made of, or that `before` names, where both are evaluated."""
    pairs = {}
    for model in EVALUATE["models"]:
        settings = CONFIG.models[model].settings
        before = settings.get("before") or TRAIN.get(settings.get("train"), {}).get("policy")
        if before in EVALUATE["models"] and before != model:
            pairs[model] = before
    return pairs


rule compare_models:
    input:
        scores=expand(
            "results/{dataset}/{model}/scores.parquet", dataset=EVALUATE["datasets"], model=EVALUATE["models"]
        ),
        judgements=every("results/{dataset}/{model}/judgements/{judge}.parquet", judges=REPEATING),
    output:
        **COMPARISON_FILES,
    log:
        "logs/compare_models.log",
    params:
        dimensions=evaluated_dimensions,
        panels=lambda wildcards: canonical(SCORES["panels"]),
        made_of=canonical(made_of()),
        missing=SCORES["missing"],
        seed=CONFIG.raw["seed"],
        code=code("compare_models.py"),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/compare_models.py --scores {input.scores:q} --judgements {input.judgements:q}"
        " --dimensions <(printf %s {params.dimensions:q}) --panels <(printf %s {params.panels:q})"
        " --made-of <(printf %s {params.made_of:q}) --missing {params.missing} --seed {params.seed}"
        " --out {output.comparison:q} --win-rates {output.win_rates:q} > {log:q} 2>&1"
