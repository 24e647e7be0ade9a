# The report: one page that works offline.
#
# Reads:  results/leaderboard.parquet, prompts, responses, traces,     Writes:  results/report.html, results/settings.json
#         judgements, scores


REPORT_FILES = (
    "template.html.jinja",
    "macros.html.jinja",
    "dataset.html.jinja",
    "lengths.html.jinja",
    "sections.html.jinja",
    "style.css",
)


def report_settings():
    """JSON of what was run. Only what decides results: where a model was served makes no report stale."""

    def about(asked, name):
        entry = asked[name]
        kept = ["samples", "repeats", "attempts", "price", "path", "train"]
        if name in (*TRACED_MODELS, *TRACED_JUDGES):
            method = entry.settings["method"]
            kept += ["method", *method_class(GENERATE if entry.kind == "models" else JUDGE, method).SETTINGS]
        told = json.loads(entry.identity.to_json()) | {k: entry.settings[k] for k in kept if k in entry.settings}
        return told | ({"training": training_of(told["train"])} if "train" in told else {})

    def about_dataset(name):
        entry = CONFIG.datasets[name]
        shipped = entry.get("path", "").startswith(workflow.basedir)
        return entry | ({"path": os.path.relpath(entry["path"], workflow.basedir)} if shipped else {})

    def about_recipe(name, entry):
        kept = {key: value for key, value in entry.items() if key not in ("train", "final")}
        return kept | ({"training": training_of(f"{name}.1.generator")} if entry["train"] is not None else {})

    pairs = {
        name: {"dataset": entry["dataset"], "models": entry["models"], "judge": entry.get("judge")}
        for name, entry in PREFERENCES.items()
    }
    models = {*EVALUATE["models"], *(model for pair in pairs.values() for model in pair["models"])}
    judges = {*EVALUATE["judges"], *(pair["judge"] for pair in pairs.values() if pair["judge"])}
    recipes = {name: about_recipe(name, entry) for name, entry in CONFIG.raw["self_lengthen"].items()}
    return canonical(
        {key: CONFIG.raw[key] for key in ("title", "seed")}
        | SCORES
        | {"datasets": {name: about_dataset(name) for name in EVALUATE["datasets"]}, "pairs": pairs}
        | {"models": {name: about(CONFIG.models, name) for name in models}}
        | {"judges": {name: about(CONFIG.judges, name) for name in judges}}
        | ({"self_lengthen": recipes} if recipes else {})
    )


rule record_settings:
    output:
        "results/settings.json",
    log:
        "logs/record_settings.log",
    params:
        settings=lambda wildcards: report_settings(),  # a function: what stands in braces in it is no wildcard
        code=code("record_settings.py"),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/record_settings.py --settings <(printf %s {params.settings:q}) --out {output:q} > {log:q} 2>&1"


rule build_report:
    input:
        settings="results/settings.json",
        leaderboard="results/leaderboard.parquet",
        scores=every("results/{dataset}/{model}/scores.parquet"),
        judgements=every("results/{dataset}/{model}/judgements/{judge}.parquet"),
        prompts=every("results/{dataset}/prompts.parquet"),
        responses=every("results/{dataset}/{model}/responses.parquet"),
        audits=expand("results/preferences/{preference}/audit.parquet", preference=CONFIG.raw["preferences"]),
        comparison="results/comparison.parquet" if COMPARED else [],
        traces=MODEL_TRACES,
    output:
        report("results/report.html", caption="../resources/captions/report.rst"),
    log:
        "logs/build_report.log",
    params:
        code=code("build_report.py", *(f"longhand/report/{name}" for name in REPORT_FILES)),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/build_report.py --leaderboard {input.leaderboard:q} --scores {input.scores:q}"
        " --judgements {input.judgements:q} --prompts {input.prompts:q} --responses {input.responses:q}"
        " --audits {input.audits:q} --comparison {input.comparison:q} --traces {input.traces:q}"
        " --settings {input.settings:q} --out {output:q} > {log:q} 2>&1"
