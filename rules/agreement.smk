# Judges: how far they agree with each other and with themselves, where their noise comes from, and length bias.
#
# Reads:  results/{dataset}/{model}/judgements/{judge}.parquet     Writes:  results/agreement.parquet,
#         results/{dataset}/{model}/scores.parquet                          results/length_bias.parquet

EVALUATED_VERDICTS = every("results/{dataset}/{model}/judgements/{judge}.parquet")
OF_JUDGES = {name: f"results/{name}.parquet" for name in ("agreement", "length_bias") if EVALUATED_VERDICTS}


def same_models():
    """JSON: judge -> the judges and models of the evaluation that are the same model as it."""

    def alike(name, entries, among):
        one = CONFIG.judges[name].identity
        many = {other: entries[other].identity for other in among if entries[other] is not CONFIG.judges[name]}
        return [
            other
            for other, each in many.items()
            if each.backend not in ("demo", "recorded") and each.model == one.model
        ]

    return canonical(
        {
            name: {
                "judges": alike(name, CONFIG.judges, EVALUATE["judges"]),
                "models": alike(name, CONFIG.models, EVALUATE["models"]),
            }
            for name in EVALUATE["judges"]
        }
    )


rule compare_judges:
    input:
        scores=every("results/{dataset}/{model}/scores.parquet"),
        judgements=EVALUATED_VERDICTS,
    output:
        agreement="results/agreement.parquet",
        length_bias="results/length_bias.parquet",
    log:
        "logs/compare_judges.log",
    params:
        judges=EVALUATE["judges"],
        same=same_models(),
        seed=CONFIG.raw["seed"],
        code=code("compare_judges.py"),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/compare_judges.py --scores {input.scores:q} --judgements {input.judgements:q}"
        " --judges {params.judges:q} --same <(printf %s {params.same:q}) --seed {params.seed}"
        " --out {output.agreement:q} --length-bias {output.length_bias:q} > {log:q} 2>&1"
