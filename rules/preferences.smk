# Preference pairs: all samples of one or several models become candidates with rewards; the best is chosen over another.
#
# Reads:  results/{dataset}/prompts.parquet                 Writes:  results/preferences/{preference}/candidates.parquet,
#         results/{dataset}/{model}/{responses,scores}               pairs.parquet, outcomes.parquet, audit.parquet,
#         .parquet, judgements/{judge}.parquet                       pairs.jsonl, llama_factory/, README.md

PREFERENCES = CONFIG.raw["preferences"]
PREFERENCE_FILES = ["candidates.parquet", "pairs.parquet", "audit.parquet", "README.md"]


def preference_options(*keys):
    """A param function: settings of an entry as options."""

    def words(wildcards):
        entry = PREFERENCES[wildcards.preference]
        return options(**{key: entry.get(key) for key in keys}, reward=canonical(entry["reward"]))

    return words


def from_models(pattern):
    """An input function: `pattern` for each model of an entry of `preferences`."""

    def paths(wildcards):
        entry = PREFERENCES[wildcards.preference]
        return expand(pattern, dataset=entry["dataset"], model=entry["models"], judge=entry.get("judge", []))

    return paths


def preference_source(wildcards):
    """JSON of where an entry's pairs come from, for the dataset card."""
    entry = PREFERENCES[wildcards.preference]
    asked = {name: CONFIG.models[name] for name in entry["models"]}
    asked |= {entry["judge"]: CONFIG.judges[entry["judge"]]} if "judge" in entry else {}
    return source_card(entry["dataset"], asked, entry)


def source_card(dataset, asked, entry, **parts):
    """JSON of a card's parts: prompts with their licence, models and judges, how rows were chosen; other parts."""
    about = CONFIG.datasets[dataset]
    prompts = {key: about[key] for key in ("description", "license", "url", "sha256", "made") if key in about}
    counts = ("method", "samples", "repeats")
    people = {
        name: json.loads(one.identity.to_json()) | {key: one.settings[key] for key in counts if key in one.settings}
        for name, one in asked.items()
    }
    chosen = {key: value for key, value in entry.items() if key not in ("dataset", "models", "model", "judge")}
    return canonical(
        {"Prompts": {"dataset": dataset} | prompts, "Models and judges": people, "How it was made": chosen} | parts
    )


rule collect_candidates:
    input:
        prompts=lambda wildcards: f"results/{PREFERENCES[wildcards.preference]['dataset']}/prompts.parquet",
        scores=from_models("results/{dataset}/{model}/scores.parquet"),
        responses=from_models("results/{dataset}/{model}/responses.parquet"),
    output:
        "results/preferences/{preference}/candidates.parquet",
    log:
        "logs/collect_candidates/{preference}.log",
    params:
        options=preference_options("judge"),
        code=code("collect_candidates.py"),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/collect_candidates.py --prompts {input.prompts:q} --scores {input.scores:q}"
        " --responses {input.responses:q} {params.options:q} --out {output:q} > {log:q} 2>&1"


def pairing_options(wildcards):
    entry = PREFERENCES[wildcards.preference]
    keys = ("rejected", "min_margin", "min_candidates", "pairs_per_prompt")
    return options(**{key: entry[key] for key in keys}, seed=CONFIG.raw["seed"])


def system_of_pairs(wildcards):
    """JSON of the system message that all models of an entry have."""
    return canonical(CONFIG.models[PREFERENCES[wildcards.preference]["models"][0]].identity.system)


rule build_pairs:
    input:
        candidates="results/preferences/{preference}/candidates.parquet",
        prompts=lambda wildcards: f"results/{PREFERENCES[wildcards.preference]['dataset']}/prompts.parquet",
        responses=from_models("results/{dataset}/{model}/responses.parquet"),
    output:
        pairs="results/preferences/{preference}/pairs.parquet",
        outcomes="results/preferences/{preference}/outcomes.parquet",
    log:
        "logs/build_pairs/{preference}.log",
    params:
        options=pairing_options,
        system=system_of_pairs,
        code=code("build_pairs.py"),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/build_pairs.py --candidates {input.candidates:q} --prompts {input.prompts:q}"
        " --responses {input.responses:q} {params.options:q} --system <(printf %s {params.system:q})"
        " --out {output.pairs:q} --outcomes {output.outcomes:q} > {log:q} 2>&1"


rule audit_pairs:
    input:
        pairs="results/preferences/{preference}/pairs.parquet",
        outcomes="results/preferences/{preference}/outcomes.parquet",
        candidates="results/preferences/{preference}/candidates.parquet",
        scores=from_models("results/{dataset}/{model}/scores.parquet"),
        judgements=from_models("results/{dataset}/{model}/judgements/{judge}.parquet"),
    output:
        "results/preferences/{preference}/audit.parquet",
    log:
        "logs/audit_pairs/{preference}.log",
    params:
        options=preference_options("judge", "max_length"),
        code=code("audit_pairs.py"),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/audit_pairs.py --pairs {input.pairs:q} --outcomes {input.outcomes:q}"
        " --candidates {input.candidates:q} --scores {input.scores:q} --judgements {input.judgements:q} {params.options:q} --out {output:q}"
        " > {log:q} 2>&1"


rule export_pairs:
    input:
        pairs="results/preferences/{preference}/pairs.parquet",
        outcomes="results/preferences/{preference}/outcomes.parquet",
    output:
        "results/preferences/{preference}/pairs.jsonl",
        "results/preferences/{preference}/llama_factory/{preference}.json",
        "results/preferences/{preference}/llama_factory/dataset_info.json",
        "results/preferences/{preference}/README.md",
    log:
        "logs/export_pairs/{preference}.log",
    params:
        settings=preference_source,
        code=code("export_pairs.py"),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/export_pairs.py --name {wildcards.preference} --pairs {input.pairs:q}"
        " --outcomes {input.outcomes:q} --settings <(printf %s {params.settings:q})"
        " --out results/preferences/{wildcards.preference} > {log:q} 2>&1"
