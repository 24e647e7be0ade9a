# The report: one page that works offline. summarize_run counts and averages what it shows, the others only show.
#
# Reads:  results/leaderboard.parquet, comparison.parquet,             Writes:  results/report.html, results/settings.json
#         prompts, responses, traces, judgements, scores,                       results/summary/, results/figures/
#         totals, metrics …; journal/ (not declared)
#
# The table `paid` alone is of the journal: it counts what failed jobs and other runs paid, which is in no table. As an
# input the journal, which grows with every answer of every run that shares it, would make all of this stale each time.


# What the page is filled from: its code is found by itself.
REPORT_FILES = [
    str(path.relative_to(SCRIPTS))
    for path in sorted(Path(SCRIPTS, "longhand/report").rglob("*.*"))
    if path.suffix in (".jinja", ".css", ".js")
]
REPORTED = bool(EVALUATE["models"] or SFT or CERTIFY)

# What is read of data made here: the calls of models that write for it and are not evaluated, and filters.
CALLED_FOR_DATA = [
    (dataset, model)
    for dataset, model in CALLED
    if dataset not in EVALUATE["datasets"] or model not in EVALUATE["models"]
]
FILTERED_DATASETS = [name for name in CONFIG.datasets_in_use() if name in MADE and "slots" not in MADE[name]]


def for_data(pattern):
    """`pattern` for each dataset and model of CALLED_FOR_DATA, each path once."""
    return list(dict.fromkeys(pattern.format(dataset=dataset, model=model) for dataset, model in CALLED_FOR_DATA))


# All answers, those of training data too: what they cost is counted.
ANSWERED = responses_wanted(CONFIG.raw)
ANSWER_FILES = [f"results/{dataset}/{model}/responses.parquet" for dataset, model in ANSWERED]
VERDICT_FILES = [
    f"results/{dataset}/{model}/judgements/{judge}.parquet"
    for dataset, model in ANSWERED
    for judge in CONFIG.judges_of(dataset, model)
]


def beside(files, evaluated):
    """Those of `files` that the evaluation does not have."""
    return [path for path in files if path not in {*evaluated}]


def payees():
    """JSON of who is asked for models and judges: kind, name and price of the entry that has a role."""
    names = {
        GENERATE: dict.fromkeys(model for _, model in ANSWERED),
        JUDGE: dict.fromkeys(judge for answered in ANSWERED for judge in CONFIG.judges_of(*answered)),
    }

    def of_step(step):
        entries = {name: roles(step, ENTRIES[step][name], CONFIG.askable) for name in names[step]}
        return {
            name: {role: [each.kind, each.name, each.serving.price] for role, each in of_entry.items()}
            for name, of_entry in entries.items()
        }

    return canonical({"models": of_step(GENERATE), "judges": of_step(JUDGE)})


def by_user(section):
    """The entries of a section that the user wrote: those of self_lengthen are shown as one."""
    origins = CONFIG.origins.entries
    return [
        name for name in CONFIG.raw[section] if not origins.get(f"{section}.{name}", "").startswith("self_lengthen.")
    ]


def without_checkout(settings):
    """Settings in which the paths of shipped files begin in the checkout: they are the same on all machines."""
    if not isinstance(settings, dict):
        return settings
    path = settings.get("path")
    shipped = isinstance(path, str) and path.startswith(workflow.basedir)
    relative = {key: without_checkout(value) for key, value in settings.items()}
    return relative | ({"path": os.path.relpath(path, workflow.basedir)} if shipped else {})


def report_settings():
    """JSON of what was run. Only what decides results: where a model was served makes no report stale.

    Models, judges and datasets stand in the order of the config: so do their marks in the report, as in the reader.
    """

    def about(entries, name):
        entry = entries[name]
        kept = ["samples", "max_input_tokens", "repeats", "attempts", "price", "path", "train"]
        if entry.backend == "recorded":
            kept = ["samples", "path", "files", "fields"]
        if name in (*TRACED_MODELS, *TRACED_JUDGES):
            method = entry.settings["method"]
            kept += ["method", *method_class(GENERATE if entry.kind == "models" else JUDGE, method).SETTINGS]
        if entry.settings.get("together") is not None:
            kept.append("together")
        shown = json.loads(entry.identity.to_json()) | {k: entry.settings[k] for k in kept if k in entry.settings}
        return shown | ({"training": training_of(shown["train"])} if "train" in shown else {})

    def about_dataset(name):
        unset = {"forms", "metrics"}  # most have none
        entry = {key: value for key, value in CONFIG.datasets[name].items() if value or key not in unset}
        return without_checkout(entry)

    def about_recipe(name, entry):
        kept = {key: value for key, value in entry.items() if key not in ("train", "final")}
        return kept | ({"train": None} if entry["train"] is None else {"training": training_of(f"{name}.1.generator")})

    pairs = {
        name: {"dataset": entry["dataset"], "models": entry["models"], "judge": entry.get("judge")}
        for name, entry in PREFERENCES.items()
    }
    made = {
        name: {"from": [{"dataset": dataset, "model": model} for dataset, model in sources_of(MADE[name])]}
        | {"documents": settings["path"] for kind, settings in MADE[name].items() if kind == "documents"}
        for name in by_user("datasets")
        if name in FILTERED_DATASETS
    }
    sft = {name: {"dataset": SFT[name]["dataset"], "model": SFT[name]["model"]} for name in by_user("sft")}
    recipes = {name: about_recipe(name, entry) for name, entry in CONFIG.raw["self_lengthen"].items()}
    models = {*EVALUATE["models"], *(model for pair in pairs.values() for model in pair["models"])}
    models |= {source["model"] for entry in made.values() for source in entry["from"]}
    models |= {entry["model"] for entry in (*sft.values(), *recipes.values())}
    models |= {each.name for name in models for each in roles(GENERATE, CONFIG.models[name], CONFIG.askable).values()}
    judges = {*EVALUATE["judges"], *(pair["judge"] for pair in pairs.values() if pair["judge"])}
    judges |= {judge for entry in CERTIFY.values() for judge in certify.judges_of(entry, CONFIG.raw)}
    settings = (
        {key: CONFIG.raw[key] for key in ("title", "seed", "reader")}
        | SCORES
        | {"datasets": {name: about_dataset(name) for name in EVALUATE["datasets"]}, "pairs": pairs}
        | {"made": made, "sft": sft, "self_lengthen": recipes}
        | {"models": {name: about(CONFIG.models, name) for name in CONFIG.models if name in models}}
        | {"judges": {name: about(CONFIG.judges, name) for name in CONFIG.judges if name in judges}}
    )
    return json.dumps(settings, separators=(",", ":"), ensure_ascii=False)


def settings_for_counts():
    """JSON of those settings that decide what is counted: a new title, seed or description makes no table stale."""
    settings = json.loads(report_settings())
    deciding = {"datasets": "length", "models": "method", "judges": "method"}
    kept = {
        kind: {name: {key: entry[key]} if key in entry else {} for name, entry in settings[kind].items()}
        for kind, key in deciding.items()
    }
    return json.dumps(kept | {"self_lengthen": settings["self_lengthen"]}, separators=(",", ":"), ensure_ascii=False)


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


# What the page shows that is counted or averaged from raw tables: longhand.tables.summary_tables has the columns.
SUMMARIES = (
    """prompt_counts answers answer_states answer_errors health reach length_points length_counts length_rule_means
    length_rule_words metric_means criteria_read criterion_means grades statements facts_taken shown_contexts shown_answers
    calls call_reasons section_texts section_places section_lengths shown_prompts read_texts read_calls samples
    sample_scores filters training_sets mixed_sets lengthened lengthened_rounds audits costs paid versions
    reported_names dates""".split()
)


rule summarize_run:
    input:
        leaderboard="results/leaderboard.parquet" if EVALUATE["models"] else [],
        scores=every("results/{dataset}/{model}/scores.parquet"),
        judgements=every("results/{dataset}/{model}/judgements/{judge}.parquet"),
        prompts=every("results/{dataset}/prompts.parquet"),
        responses=every("results/{dataset}/{model}/responses.parquet"),
        metrics=METRIC_FILES,
        audits=expand("results/preferences/{preference}/audit.parquet", preference=CONFIG.raw["preferences"]),
        traces=every("results/{dataset}/{model}/traces.parquet", models=TRACED_MODELS),
        judge_traces=every("results/{dataset}/{model}/judgements/{judge}.traces.parquet", judges=TRACED_JUDGES),
        facts=facts_evaluated(),
        made_traces=for_data("results/{dataset}/{model}/traces.parquet"),
        made_scores=for_data("results/{dataset}/{model}/scores.parquet"),
        made_prompts=for_data("results/{dataset}/prompts.parquet"),
        made_responses=beside(ANSWER_FILES, every("results/{dataset}/{model}/responses.parquet")),
        made_judgements=beside(VERDICT_FILES, every("results/{dataset}/{model}/judgements/{judge}.parquet")),
        made_judge_traces=beside(JUDGE_TRACES, every("results/{dataset}/{model}/judgements/{judge}.traces.parquet")),
        made_facts=beside(FACTS, facts_evaluated()),
        filters=expand("results/{dataset}/filters.parquet", dataset=FILTERED_DATASETS)
        + expand("results/sft/{sft}/filters.parquet", sft=SFT),
        sft=expand("results/sft/{sft}/train.parquet", sft=SFT),
    output:
        expand("results/summary/{table}.parquet", table=SUMMARIES),
    log:
        "logs/summarize_run.log",
    params:
        settings=lambda wildcards: settings_for_counts(),  # a function: what stands in braces in it is no wildcard
        payees=payees(),
        code=code("summarize_run.py"),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/summarize_run.py --leaderboard {input.leaderboard:q} --scores {input.scores:q}"
        " --judgements {input.judgements:q} --prompts {input.prompts:q} --responses {input.responses:q}"
        " --metrics {input.metrics:q} --audits {input.audits:q} --traces {input.traces:q}"
        " --judge-traces {input.judge_traces:q} --facts {input.facts:q} --made-traces {input.made_traces:q}"
        " --made-scores {input.made_scores:q} --made-prompts {input.made_prompts:q}"
        " --made-responses {input.made_responses:q} --made-judgements {input.made_judgements:q}"
        " --made-judge-traces {input.made_judge_traces:q} --made-facts {input.made_facts:q}"
        " --filters {input.filters:q} --sft {input.sft:q} --settings <(printf %s {params.settings:q})"
        " --payees <(printf %s {params.payees:q}) --journal journal --out {output:q} > {log:q} 2>&1"


rule draw_figures:
    input:
        settings="results/settings.json",
        leaderboard="results/leaderboard.parquet" if EVALUATE["models"] else [],
        summary=expand("results/summary/{table}.parquet", table=SUMMARIES),
    output:
        report(
            directory("results/figures"),
            patterns=["{dataset}/{figure}.svg"],
            caption="../resources/captions/figures.rst",
        ),
    log:
        "logs/draw_figures.log",
    params:
        code=code("draw_figures.py"),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/draw_figures.py --leaderboard {input.leaderboard:q} --summary {input.summary:q}"
        " --settings {input.settings:q} --out {output:q} > {log:q} 2>&1"


rule build_report:
    input:
        settings="results/settings.json",
        figures="results/figures",
        summary=expand("results/summary/{table}.parquet", table=SUMMARIES),
        leaderboard="results/leaderboard.parquet" if EVALUATE["models"] else [],
        comparison=COMPARED.get("comparison", []),
        win_rates=COMPARED.get("win_rates", []),
        agreement=OF_JUDGES.get("agreement", []),
        length_bias=OF_JUDGES.get("length_bias", []),
        succession=SUCCESSION_FILES,
        totals=TOTAL_FILES,
        certification=CERTIFICATION,
    output:
        report("results/report.html", caption="../resources/captions/report.rst"),
    log:
        "logs/build_report.log",
    params:
        code=code("build_report.py", *REPORT_FILES),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/build_report.py --summary {input.summary:q} --leaderboard {input.leaderboard:q}"
        " --comparison {input.comparison:q} --win-rates {input.win_rates:q} --agreement {input.agreement:q}"
        " --length-bias {input.length_bias:q} --succession {input.succession:q} --totals {input.totals:q}"
        " --certification {input.certification:q} --figures {input.figures:q}"
        " --settings {input.settings:q} --out {output:q} > {log:q} 2>&1"
