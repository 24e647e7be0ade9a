# Preference pairs: all samples of one or several models become candidates with rewards; the best is chosen over another.
#
# Reads:  results/{dataset}/prompts.parquet                 Writes:  results/preferences/{preference}/candidates.parquet,
#         results/{dataset}/{model}/{responses,scores}               pairs.parquet, outcomes.parquet, audit.parquet,
#         .parquet, judgements/{judge}.parquet                       pairs.jsonl, llama_factory/, README.md

from longhand.config.order import needed

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
    return source_card(entry, entry["models"], entry)


def writers(dataset, models):
    """Name -> entry of these models, of all whose texts the dataset is made of, and of those with a role in these."""
    parts = needed([("datasets", dataset), *(("models", name) for name in models)], CONFIG.raw)
    named = [CONFIG.models[name] for section, name in parts if section == "models"]
    return {each.name: each for one in named for each in roles(GENERATE, one, CONFIG.askable).values()}


def source_card(entry, models, shown, **parts):
    """JSON of a card's parts: prompts with their licence, models, judge, how rows were chosen; other parts."""
    dataset = CONFIG.datasets[entry["dataset"]]
    about = ("description", "license", "url", "sha256", "made")
    parts["Prompts"] = {"dataset": entry["dataset"]} | {key: dataset[key] for key in about if key in dataset}
    parts["Models"] = {name: asked_as(one) for name, one in writers(entry["dataset"], models).items()}
    if "judge" in entry:
        parts["Judge"] = {entry["judge"]: asked_as(CONFIG.judge_of(entry["dataset"], entry["judge"]))}
    parts["How it was made"] = {key: shown[key] for key in shown.keys() - {"dataset", "models", "model", "judge"}}
    return canonical(parts)


def asked_as(one):
    """What decides the texts of a model, or the verdicts of a judge, for a card."""
    method = method_class(GENERATE if one.kind == "models" else JUDGE, one.settings["method"])
    kept = ("samples",) if one.backend == "recorded" else ("method", "samples", "repeats", *method.SETTINGS)
    return json.loads(one.identity.to_json()) | {key: one.settings[key] for key in kept if key in one.settings}


def candidate_options(wildcards):
    """The judge, what it scores, and the weights of the reward."""
    entry = PREFERENCES[wildcards.preference]
    judges = [entry["judge"]] if "judge" in entry else []
    dimensions = [name for judge in judges for name in CONFIG.dimensions_of(entry["dataset"], judge)]
    return options(judge=judges, dimensions=dimensions, reward=canonical(entry["reward"]))


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
        options=candidate_options,
        code=code("collect_candidates.py"),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/collect_candidates.py --prompts {input.prompts:q} --scores {input.scores:q}"
        " --responses {input.responses:q} {params.options:q} --out {output:q} > {log:q} 2>&1"


def by_noise(wildcards):
    """Whether margins are held against the noise of the judge."""
    return PREFERENCES[wildcards.preference]["min_margin"] == "noise"


def judgements_with_noise(wildcards):
    return from_models("results/{dataset}/{model}/judgements/{judge}.parquet")(wildcards) if by_noise(wildcards) else []


def pairing_options(wildcards):
    entry = PREFERENCES[wildcards.preference]
    keys = ("rejected", "min_margin", "min_candidates", "pairs_per_prompt")
    reward = canonical(entry["reward"]) if by_noise(wildcards) else None
    return options(**{key: entry[key] for key in keys}, reward=reward, seed=CONFIG.raw["seed"])


def system_of_pairs(wildcards):
    """JSON of the system message that all models of an entry have."""
    return canonical(CONFIG.models[PREFERENCES[wildcards.preference]["models"][0]].identity.system)


def judge_of_pairs(wildcards):
    """The judge whose scores are in the rewards; None where there is none."""
    entry = PREFERENCES[wildcards.preference]
    return entry.get("judge") if entry["reward"]["quality"] else None


def certification_of_pairs(wildcards):
    """The table of certifications, where it says something about the judge of the pairs."""
    return CERTIFICATION if judge_of_pairs(wildcards) else []


def certified_pairs(wildcards):
    """Options of steps that say whether the judge of the pairs is certified."""
    if not certification_of_pairs(wildcards):
        return []
    return certified_options(PREFERENCES[wildcards.preference]["dataset"])


def required_certification(wildcards):
    """The same where pairs of a judge that is not certified are refused; elsewhere it makes no pairs stale."""
    return certification_of_pairs(wildcards) if SCORES["require_certified"] else []


def required_pairs(wildcards):
    """Options of the step that refuses these pairs."""
    if not required_certification(wildcards):
        return []
    return [*certified_pairs(wildcards), *options(require_certified=judge_of_pairs(wildcards))]


rule build_pairs:
    input:
        candidates="results/preferences/{preference}/candidates.parquet",
        prompts=lambda wildcards: f"results/{PREFERENCES[wildcards.preference]['dataset']}/prompts.parquet",
        responses=from_models("results/{dataset}/{model}/responses.parquet"),
        judgements=judgements_with_noise,
        certification=required_certification,
    output:
        pairs="results/preferences/{preference}/pairs.parquet",
        outcomes="results/preferences/{preference}/outcomes.parquet",
    log:
        "logs/build_pairs/{preference}.log",
    params:
        options=pairing_options,
        system=system_of_pairs,
        required=required_pairs,
        code=code("build_pairs.py"),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/build_pairs.py --candidates {input.candidates:q} --prompts {input.prompts:q}"
        " --responses {input.responses:q} --judgements {input.judgements:q} {params.options:q} --system <(printf %s {params.system:q})"
        " --certification {input.certification:q} {params.required:q}"
        " --out {output.pairs:q} --outcomes {output.outcomes:q} > {log:q} 2>&1"


rule audit_pairs:
    input:
        pairs="results/preferences/{preference}/pairs.parquet",
        outcomes="results/preferences/{preference}/outcomes.parquet",
        candidates="results/preferences/{preference}/candidates.parquet",
        scores=from_models("results/{dataset}/{model}/scores.parquet"),
        judgements=from_models("results/{dataset}/{model}/judgements/{judge}.parquet"),
        certification=certification_of_pairs,
    output:
        "results/preferences/{preference}/audit.parquet",
    log:
        "logs/audit_pairs/{preference}.log",
    params:
        options=preference_options("judge", "rejected", "max_length"),
        certified=certified_pairs,
        code=code("audit_pairs.py"),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/audit_pairs.py --pairs {input.pairs:q} --outcomes {input.outcomes:q}"
        " --candidates {input.candidates:q} --scores {input.scores:q} --judgements {input.judgements:q} {params.options:q}"
        " --certification {input.certification:q} {params.certified:q} --out {output:q} > {log:q} 2>&1"


rule export_pairs:
    input:
        pairs="results/preferences/{preference}/pairs.parquet",
        outcomes="results/preferences/{preference}/outcomes.parquet",
        certification=certification_of_pairs,
    output:
        "results/preferences/{preference}/pairs.jsonl",
        "results/preferences/{preference}/llama_factory/{preference}.json",
        "results/preferences/{preference}/llama_factory/dataset_info.json",
        "results/preferences/{preference}/README.md",
    log:
        "logs/export_pairs/{preference}.log",
    params:
        settings=preference_source,
        judge=lambda wildcards: options(judge=judge_of_pairs(wildcards)),
        certified=certified_pairs,
        code=code("export_pairs.py"),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/export_pairs.py --name {wildcards.preference} --pairs {input.pairs:q}"
        " --outcomes {input.outcomes:q} --settings <(printf %s {params.settings:q})"
        " {params.judge:q} --certification {input.certification:q} {params.certified:q}"
        " --out results/preferences/{wildcards.preference} > {log:q} 2>&1"
