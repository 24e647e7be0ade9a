# Certification: judges held against labels. The texts of labelled pairs are judged as any responses are.
#
# Reads:  a label table of the config                        Writes:  results/{dataset}/labels.parquet
#         results/{dataset}/{model}/scores.parquet,                   results/certification.parquet
#         judgements/{judge}.parquet

from longhand.config import certify

CERTIFY = CONFIG.raw["certify"]
LABELLED = [name for name, entry in CERTIFY.items() if "pairs" in entry]
GRADED = [name for name in CERTIFY if name not in LABELLED]
CERTIFICATION = "results/certification.parquet" if CERTIFY else []


def of_labels(pattern, names):
    """`pattern` for the responses of these entries, each path once; with the judges whose verdicts are compared."""
    keys = ("dataset", "model", "judge")
    paths = [pattern.format(**dict(zip(keys, of))) for of in certify.judging(CONFIG.raw, names)]
    return list(dict.fromkeys(paths))


def certify_entries(wildcards):
    """JSON of what judges are held against, and what they must reach."""

    def about(name, entry):
        judges = certify.judges_of(entry, CONFIG.raw)
        kept = ("labels", "people", "threshold", "least", "ranges", "against")
        return {key: entry[key] for key in kept if key in entry} | {
            "name": name,
            "judges": {judge: certify.rubrics_of(name, judge, CONFIG.raw) for judge in judges},
            "responses": certify.labelled_responses(name, entry),
        }

    return canonical([about(name, entry) for name, entry in CERTIFY.items()])


def certified_options(*datasets):
    """Options of steps that say whether judges are certified: the rubrics of these datasets as JSON."""
    rubrics = canonical({name: CONFIG.datasets[name]["rubric"] for name in datasets})
    return options(rubrics=rubrics) if CERTIFY else []


rule list_labels:
    input:
        file=dataset_file,
    output:
        "results/{dataset}/labels.parquet",
    log:
        "logs/list_labels/{dataset}.log",
    wildcard_constraints:
        dataset=any_of(LABELLED),
    params:
        fields=dataset_fields,
        labels=dataset_labels,
        kind=dataset_kind,
        code=code("list_labels.py"),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/list_labels.py --name {wildcards.dataset} --kind={params.kind:q}"
        " --fields <(printf %s {params.fields:q}) --labels <(printf %s {params.labels:q})"
        " --file={input.file:q} --out {output:q} > {log:q} 2>&1"


rule certify_judges:
    input:
        labels=expand("results/{dataset}/labels.parquet", dataset=LABELLED),
        scores=of_labels("results/{dataset}/{model}/scores.parquet", CERTIFY),
        judgements=of_labels("results/{dataset}/{model}/judgements/{judge}.parquet", GRADED),
    output:
        "results/certification.parquet",
    log:
        "logs/certify_judges.log",
    params:
        entries=certify_entries,
        seed=CONFIG.raw["seed"],
        code=code("certify_judges.py"),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/certify_judges.py --entries <(printf %s {params.entries:q}) --labels {input.labels:q}"
        " --scores {input.scores:q} --judgements {input.judgements:q} --seed {params.seed} --out {output:q} > {log:q} 2>&1"
