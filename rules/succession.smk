# Succession of judges: the line from a new judge's means to an old judge's, through anchors that both judged.
#
# Reads:  results/{sample}/{model}/scores.parquet     Writes:  results/succession.parquet

from longhand.config.succession import successions

SUCCESSIONS = list(successions(CONFIG.raw))
SUCCESSION_FILES = ["results/succession.parquet"] if SUCCESSIONS else []


def bridges():
    """JSON: which judges are held against each other, on which sample of which dataset."""
    return canonical(
        [
            {"succession": each.name, "dataset": each.dataset, "drawn": each.drawn, "old": each.old, "new": new}
            for each in SUCCESSIONS
            for new in each.new
        ]
    )


rule bridge_judges:
    input:
        scores=[f"results/{each.drawn}/{model}/scores.parquet" for each in SUCCESSIONS for model in each.models],
    output:
        "results/succession.parquet",
    log:
        "logs/bridge_judges.log",
    params:
        bridges=bridges(),
        code=code("bridge_judges.py"),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/bridge_judges.py --scores {input.scores:q} --bridges <(printf %s {params.bridges:q})"
        " --out {output:q} > {log:q} 2>&1"
