# Data for supervised fine-tuning: the responses of a model that pass an entry's filters, as conversations.
#
# Reads:  results/{dataset}/prompts.parquet                     Writes:  results/sft/{sft}/train.parquet, train.jsonl,
#         results/{dataset}/{model}/{responses,scores}.parquet           llama_factory/, README.md

SFT = CONFIG.raw["sft"]


def sft_source(wildcards):
    """JSON of where an entry's data comes from, for the dataset card."""
    entry = SFT[wildcards.sft]
    asked = {entry["model"]: CONFIG.models[entry["model"]]}
    asked |= {entry["judge"]: CONFIG.judges[entry["judge"]]} if "judge" in entry else {}
    return source_card(entry["dataset"], asked, entry)


def of_model(table):
    """An input function: a table of the model whose responses are selected."""

    def path(wildcards):
        entry = SFT[wildcards.sft]
        return f"results/{entry['dataset']}/{entry['model']}/{table}.parquet"

    return path


def sft_options(wildcards):
    entry = SFT[wildcards.sft]
    return options(judge=entry.get("judge"), filters=canonical(entry["filters"]))


rule select_sft:
    input:
        prompts=lambda wildcards: f"results/{SFT[wildcards.sft]['dataset']}/prompts.parquet",
        responses=of_model("responses"),
        scores=of_model("scores"),
    output:
        "results/sft/{sft}/train.parquet",
        "results/sft/{sft}/train.jsonl",
        "results/sft/{sft}/llama_factory/{sft}.json",
        "results/sft/{sft}/llama_factory/dataset_info.json",
        "results/sft/{sft}/README.md",
    log:
        "logs/select_sft/{sft}.log",
    params:
        options=sft_options,
        system=lambda wildcards: canonical(CONFIG.models[SFT[wildcards.sft]["model"]].identity.system),
        settings=sft_source,
        code=code("select_sft.py"),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/select_sft.py --name {wildcards.sft} --prompts {input.prompts:q} --responses {input.responses:q}"
        " --scores {input.scores:q} {params.options:q} --system <(printf %s {params.system:q})"
        " --settings <(printf %s {params.settings:q}) --out results/sft/{wildcards.sft} > {log:q} 2>&1"
