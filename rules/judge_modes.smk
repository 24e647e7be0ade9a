# Ways of judging, held against each other: made on demand (`snakemake all_judge_modes`). Nothing is asked.
#
# Reads:  results/{dataset}/{model}/judgements/{judge}.parquet     Writes:  results/judge-modes.parquet, .csv
#         and .traces.parquet, results/{dataset}/{judge}.facts.parquet


def judges_by_method():
    """JSON: method -> the judges of the evaluation that judge by it. The first of them is their reference."""
    methods = {name: CONFIG.judges[name].settings["method"] for name in EVALUATE["judges"]}
    return canonical({method: [name for name in methods if methods[name] == method] for method in methods.values()})


def prices_by_role():
    """JSON: judge -> role -> price of the entry that has it."""
    of_judges = {name: roles(JUDGE, CONFIG.judges[name], CONFIG.askable) for name in EVALUATE["judges"]}
    return canonical(
        {name: {role: entry.serving.price for role, entry in of_roles.items()} for name, of_roles in of_judges.items()}
    )


rule compare_judge_modes:
    input:
        judgements=EVALUATED_VERDICTS,
        traces=every("results/{dataset}/{model}/judgements/{judge}.traces.parquet", judges=TRACED_JUDGES),
        facts=facts_evaluated(),
    output:
        table="results/judge-modes.parquet",
        csv="results/judge-modes.csv",
    log:
        "logs/compare_judge_modes.log",
    params:
        methods=judges_by_method(),
        prices=prices_by_role(),
        seed=CONFIG.raw["seed"],
        code=code("compare_judge_modes.py"),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/compare_judge_modes.py --judgements {input.judgements:q} --facts {input.facts:q}"
        " --methods <(printf %s {params.methods:q}) --prices <(printf %s {params.prices:q}) --seed {params.seed}"
        " --out {output.table:q} --csv {output.csv:q} > {log:q} 2>&1"
