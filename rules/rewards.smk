# Ways of judging by rewards, held against each other: made on demand (`snakemake all_reward_modes`). Nothing is asked.
#
# Reads:  results/{dataset}/{model}/judgements/{judge}.parquet     Writes:  results/reward-modes.parquet, .csv
#         and .traces.parquet, results/{dataset}/{judge}.facts.parquet


REWARDING = [name for name in EVALUATE["judges"] if name in FACT_JUDGES]


def prices_by_role():
    """JSON: judge -> role -> price of the entry that has it."""
    of_judges = {name: roles(JUDGE, CONFIG.judges[name], CONFIG.askable) for name in REWARDING}
    return canonical(
        {
            name: {role: entry.settings.get("price") for role, entry in of_roles.items()}
            for name, of_roles in of_judges.items()
        }
    )


rule compare_reward_modes:
    input:
        judgements=every("results/{dataset}/{model}/judgements/{judge}.parquet", judges=REWARDING),
        traces=every("results/{dataset}/{model}/judgements/{judge}.traces.parquet", judges=REWARDING),
        facts=list(dict.fromkeys(every("results/{dataset}/{judge}.facts.parquet", judges=REWARDING))),
    output:
        table="results/reward-modes.parquet",
        csv="results/reward-modes.csv",
    log:
        "logs/compare_reward_modes.log",
    params:
        judges=REWARDING,
        prices=prices_by_role(),
        seed=CONFIG.raw["seed"],
        code=code("compare_reward_modes.py"),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/compare_reward_modes.py --judgements {input.judgements:q} --facts {input.facts:q}"
        " --judges {params.judges:q} --prices <(printf %s {params.prices:q}) --seed {params.seed}"
        " --out {output.table:q} --csv {output.csv:q} > {log:q} 2>&1"
