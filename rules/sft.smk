# Data for supervised fine-tuning: the responses of a model that pass an entry's filters, as conversations.
#
# Reads:  results/{dataset}/prompts.parquet                     Writes:  results/sft/{sft}/train.parquet, train.jsonl,
#         results/{dataset}/{model}/{responses,scores}.parquet           filters.parquet, filters.png, llama_factory/,
#         files of general conversations at `path`, or fetched           README.md
#         from `url`

SFT = CONFIG.raw["sft"]


def sft_source(wildcards):
    """JSON of where an entry's data comes from, for the dataset card."""
    entry = SFT[wildcards.sft]
    unused = {"mix"} if entry["question"] == "extend" else {"mix", "dropped_lines"}
    shown = {key: value for key, value in entry.items() if key not in unused}
    mixed = {"Mixed in": entry["mix"]} if entry["mix"] else {}
    return source_card(entry, [entry["model"]], shown, **mixed)


def of_model(table):
    """An input function: a table of the model whose responses are selected."""

    def path(wildcards):
        entry = SFT[wildcards.sft]
        return f"results/{entry['dataset']}/{entry['model']}/{table}.parquet"

    return path


def sft_options(wildcards):
    """The judge, the filters, the files to mix in, and the seed where something is drawn by it."""
    entry = SFT[wildcards.sft]
    drawn = entry["filters"]["drop_short"] or entry["mix"]
    seed = CONFIG.raw["seed"] if drawn else None
    chats = mix_files(wildcards)
    return options(judge=entry.get("judge"), filters=canonical(entry["filters"]), mix_files=chats, seed=seed)


def sft_question(wildcards):
    """JSON of what the user says. An extender's templates are those that its model is asked with."""
    entry = SFT[wildcards.sft]
    question = {"kind": entry["question"]}
    if entry["question"] == "extend":
        settings = json.loads(asks_of(GENERATE, CONFIG.models[entry["model"]], CONFIG.askable))["settings"]
        question["templates"] = settings["prompts"]["extend"]
        question |= {"dropped_lines": entry["dropped_lines"], "seed": CONFIG.raw["seed"]}
    return canonical(question)


def sft_mix(wildcards):
    """JSON of the sets that are mixed in, by name, in the order of their files."""
    sets = sorted(SFT[wildcards.sft]["mix"].items())
    return canonical(
        [{"name": n, "kind": kind_of(one), "share": one["share"], "fields": one["fields"]} for n, one in sets]
    )


def mix_files(wildcards):
    """The files of the sets that are mixed in, by name."""
    return [source_file(one) for _, one in sorted(SFT[wildcards.sft]["mix"].items())]


rule select_sft:
    input:
        prompts=lambda wildcards: f"results/{SFT[wildcards.sft]['dataset']}/prompts.parquet",
        responses=of_model("responses"),
        scores=of_model("scores"),
        mix=mix_files,
    output:
        "results/sft/{sft}/train.parquet",
        "results/sft/{sft}/filters.parquet",
        "results/sft/{sft}/filters.png",
        "results/sft/{sft}/train.jsonl",
        "results/sft/{sft}/llama_factory/{sft}.json",
        "results/sft/{sft}/llama_factory/{sft}-sharegpt.json",
        "results/sft/{sft}/llama_factory/dataset_info.json",
        "results/sft/{sft}/README.md",
    log:
        "logs/select_sft/{sft}.log",
    params:
        dataset=lambda wildcards: SFT[wildcards.sft]["dataset"],
        options=sft_options,
        question=sft_question,
        mix=sft_mix,
        system=lambda wildcards: canonical(CONFIG.models[SFT[wildcards.sft]["model"]].identity.system),
        settings=sft_source,
        code=code("select_sft.py"),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/select_sft.py --name {wildcards.sft} --dataset {params.dataset} --prompts {input.prompts:q}"
        " --responses {input.responses:q} --scores {input.scores:q} {params.options:q}"
        " --question <(printf %s {params.question:q}) --mix <(printf %s {params.mix:q})"
        " --system <(printf %s {params.system:q}) --settings <(printf %s {params.settings:q})"
        " --out results/sft/{wildcards.sft} > {log:q} 2>&1"
