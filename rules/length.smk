# Lengths: words of every response, and how they fit what was required. Pure computing, no model.
#
# Reads:  results/{dataset}/prompts.parquet              Writes:  results/{dataset}/{model}/lengths.parquet
#         results/{dataset}/{model}/responses.parquet


rule score_length:
    input:
        prompts="results/{dataset}/prompts.parquet",
        responses="results/{dataset}/{model}/responses.parquet",
    output:
        "results/{dataset}/{model}/lengths.parquet",
    log:
        "logs/score_length/{dataset}/{model}.log",
    params:
        rule=lambda wildcards: CONFIG.datasets[wildcards.dataset]["length"],
        code=code("score_length.py"),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/score_length.py --prompts {input.prompts:q} --responses {input.responses:q}"
        " --rule {params.rule} --out {output:q} > {log:q} 2>&1"
