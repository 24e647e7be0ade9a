# Prompts: from a public address or a user's file to a table.
#
# Reads:  a file at `path`, or fetched from `url`      Writes:  results/{dataset}/prompts.parquet
#         files of `criteria`, likewise

from longhand.config.criteria_sources import by_category_source, criteria_settings, criteria_sources, view_sources
from longhand.prompts.file_kinds import kind_of

MIXED = [chat for entry in CONFIG.raw["sft"].values() for chat in entry["mix"].values()]
OF_CRITERIA = [source for dataset in CONFIG.datasets.values() for source in criteria_sources(dataset).values()]
RECORDED_FILES = [file for model in CONFIG.models.values() for file in model.settings.get("files", {}).values()]
PINNED = {
    entry["sha256"]: entry["url"]
    for entry in [*CONFIG.datasets.values(), *OF_CRITERIA, *CONFIG.rubrics.values(), *MIXED, *RECORDED_FILES]
    if "url" in entry
}


def source_file(entry):
    """Where the file of a dataset, view, rubric or mix lies: its path, or where it is fetched to."""
    return f"work/fetched/{entry['sha256']}" if "url" in entry else entry["path"]


def dataset_file(wildcards):
    return source_file(CONFIG.datasets[wildcards.dataset])


def dataset_fields(wildcards):
    return canonical(CONFIG.datasets[wildcards.dataset]["fields"])


def dataset_sweep(wildcards):
    return canonical(CONFIG.datasets[wildcards.dataset].get("sweep"))


def dataset_forms(wildcards):
    return canonical(CONFIG.datasets[wildcards.dataset]["forms"])


def dataset_kind(wildcards):
    return kind_of(CONFIG.datasets[wildcards.dataset])


def dataset_criteria(wildcards):
    needed = {"needed": True} if CONFIG.has_criteria(wildcards.dataset) else {}
    return canonical(criteria_settings(CONFIG.datasets[wildcards.dataset]) | needed)


def dataset_views(wildcards):
    """JSON of the views' names and the kinds of their files, in the order of the files."""
    sources = view_sources(CONFIG.datasets[wildcards.dataset])
    return canonical([{"name": name, "kind": kind_of(source)} for name, source in sources.items()])


def dataset_categories(wildcards):
    return canonical(CONFIG.datasets[wildcards.dataset].get("categories", []))


def dataset_labels(wildcards):
    """JSON of the columns of labelled texts, where a dataset is of pairs."""
    return canonical(CONFIG.datasets[wildcards.dataset].get("labels"))


def by_category_file(wildcards):
    source = by_category_source(CONFIG.datasets[wildcards.dataset])
    return [] if source is None else source_file(source)


def view_files(wildcards):
    return [source_file(source) for source in view_sources(CONFIG.datasets[wildcards.dataset]).values()]


rule fetch_file:
    output:
        "work/fetched/{sha256}",
    log:
        "logs/fetch_file/{sha256}.log",
    params:
        url=lambda wildcards: PINNED[wildcards.sha256],
    shell:
        "{PYTHON:q} {SCRIPTS:q}/fetch_file.py --url={params.url:q} --sha256 {wildcards.sha256}"
        " --out {output:q} > {log:q} 2>&1"


rule prepare_prompts:
    input:
        file=dataset_file,
        by_category=by_category_file,
        views=view_files,
    output:
        "results/{dataset}/prompts.parquet",
    log:
        "logs/prepare_prompts/{dataset}.log",
    wildcard_constraints:
        dataset=any_of(name for name, entry in CONFIG.datasets.items() if "made" not in entry),
    params:
        fields=dataset_fields,
        kind=dataset_kind,
        sweep=dataset_sweep,
        forms=dataset_forms,
        criteria=dataset_criteria,
        views=dataset_views,
        categories=dataset_categories,
        labels=dataset_labels,
        code=code("prepare_prompts.py"),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/prepare_prompts.py --name {wildcards.dataset} --kind={params.kind:q}"
        " --fields <(printf %s {params.fields:q}) --sweep <(printf %s {params.sweep:q})"
        " --forms <(printf %s {params.forms:q}) --criteria <(printf %s {params.criteria:q})"
        " --views <(printf %s {params.views:q}) --categories <(printf %s {params.categories:q})"
        " --labels <(printf %s {params.labels:q})"
        " --by-category {input.by_category:q} --view-files {input.views:q}"
        " --file={input.file:q} --out {output:q} > {log:q} 2>&1"
