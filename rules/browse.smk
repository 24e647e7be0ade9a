# The reader: a page beside the report in which all prompts, responses and verdicts are read. Its texts are files by
# dataset and model, so that a new judge rewrites none of them.
#
# Reads:  prompts, responses, lengths, scores, metrics,     Writes:  results/browse/texts/{dataset}/{model}/
#         judgements, traces, facts                                  results/browse/words/{dataset}/{model}/
#                                                                    results/browse/index.html, run.js, samples/ …

READ = CONFIG.raw["reader"] and bool(EVALUATE["models"] and EVALUATE["datasets"])
READER_FILES = (
    [
        "results/browse/index.html",
        every("results/browse/texts/{dataset}/{model}"),
        every("results/browse/words/{dataset}/{model}"),
    ]
    if READ
    else []
)
# What the page is filled from: its code is found by itself.
PAGE_FILES = [
    str(path.relative_to(SCRIPTS))
    for path in [*sorted(Path(SCRIPTS, "longhand/browse").rglob("*.*")), Path(SCRIPTS, "longhand/report/palette.css")]
    if path.suffix in (".jinja", ".css", ".js")
]


def about_reader():
    """JSON of what the reader shows: datasets with the names of their models and judges, in the config's order."""

    def about(name):
        settings = CONFIG.datasets[name]
        judges = dimensions_of(name, evaluated_judges(name))
        return {
            "name": name,
            "description": settings.get("description"),
            "length_rule": settings["length"],
            "models": [model for model in CONFIG.models if model in EVALUATE["models"]],
            "judges": [{"name": judge, "dimensions": names} for judge, names in judges.items()],
        }

    return canonical({"title": CONFIG.raw["title"], "datasets": list(map(about, EVALUATE["datasets"]))})


rule write_texts:
    input:
        responses="results/{dataset}/{model}/responses.parquet",
        lengths="results/{dataset}/{model}/lengths.parquet",
        traces=branch(
            lambda wildcards: wildcards.model in TRACED_MODELS, then="results/{dataset}/{model}/traces.parquet"
        ),
    output:
        texts=directory("results/browse/texts/{dataset}/{model}"),
        words=directory("results/browse/words/{dataset}/{model}"),
    log:
        "logs/write_texts/{dataset}/{model}.log",
    params:
        code=code("write_texts.py"),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/write_texts.py --responses {input.responses:q} --lengths {input.lengths:q}"
        " --traces {input.traces:q} --texts {output.texts:q} --words {output.words:q} > {log:q} 2>&1"


rule build_browse:
    input:
        prompts=every("results/{dataset}/prompts.parquet"),
        responses=every("results/{dataset}/{model}/responses.parquet"),
        scores=every("results/{dataset}/{model}/scores.parquet"),
        metrics=METRIC_FILES,
        judgements=every("results/{dataset}/{model}/judgements/{judge}.parquet"),
        judge_traces=every("results/{dataset}/{model}/judgements/{judge}.traces.parquet", judges=TRACED_JUDGES),
        facts=facts_evaluated(),
        texts=every("results/browse/texts/{dataset}/{model}"),
        words=every("results/browse/words/{dataset}/{model}"),
    output:
        page="results/browse/index.html",
        run="results/browse/run.js",
        samples=directory("results/browse/samples"),
        prompts=directory("results/browse/prompts"),
        prompt_words=directory("results/browse/prompt-words"),
        verdicts=directory("results/browse/verdicts"),
    log:
        "logs/build_browse.log",
    params:
        about=lambda wildcards: about_reader(),  # a function: what stands in braces in it is no wildcard
        code=code("build_browse.py", *PAGE_FILES),
    shell:
        "{PYTHON:q} {SCRIPTS:q}/build_browse.py --about <(printf %s {params.about:q}) --prompts {input.prompts:q}"
        " --responses {input.responses:q} --scores {input.scores:q} --metrics {input.metrics:q}"
        " --judgements {input.judgements:q} --judge-traces {input.judge_traces:q} --facts {input.facts:q}"
        " --out {output.page:q} > {log:q} 2>&1"
