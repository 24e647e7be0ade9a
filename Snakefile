# Longhand: prompts -> responses -> lengths and judgements -> scores -> leaderboard -> report.
# Settings: config/README.md. How a stage works: the head of its file in rules/.

import gc
import sys

from snakemake.utils import min_version

min_version("9.27")
gc.set_threshold(100_000, 50, 100)  # planning makes objects that stay: looking for garbage was a quarter of its time


SCRIPTS = workflow.basedir + "/scripts"
sys.path.insert(0, SCRIPTS)
# A longer command goes to bash as a file. Snakemake counts characters, of up to 4 bytes; the limit is 128 kB.
sys.modules["snakemake.shell"].MAX_ARG_LEN = 30_000

from longhand.program.errors import LonghandError
from longhand.config.settings_files import read_config

# What --configfile names stands on its own. Without it, the run folder's own config; else the demo.
if not workflow.overwrite_configfiles:
    DEFAULT = "config/config.yaml" if os.path.exists("config/config.yaml") else workflow.basedir + "/config/config.yaml"
    try:
        read_config(DEFAULT)  # Snakemake names neither file nor line of what it cannot read
    except LonghandError as e:
        sys.exit(f"error: {e}")

    configfile: DEFAULT


include: "rules/common.smk"
include: "rules/asking.smk"
include: "rules/datasets.smk"
include: "rules/made.smk"
include: "rules/generate.smk"
include: "rules/length.smk"
include: "rules/judge.smk"
include: "rules/traces.smk"
include: "rules/metrics.smk"
include: "rules/certify.smk"
include: "rules/succession.smk"
include: "rules/scores.smk"
include: "rules/agreement.smk"
include: "rules/judge_modes.smk"
include: "rules/preferences.smk"
include: "rules/sft.smk"
include: "rules/train.smk"
include: "rules/comparison.smk"
include: "rules/report.smk"
include: "rules/browse.smk"
include: "rules/evalscope.smk"
include: "rules/cluster.smk"
include: "rules/hooks.smk"


rule all:
    default_target: True
    input:
        ["results/leaderboard.parquet"] if EVALUATE["models"] else [],
        ["results/report.html"] if REPORTED else [],
        READER_FILES,
        COMPARED.values(),
        OF_JUDGES.values(),
        CERTIFICATION,
        SUCCESSION_FILES,
        TOTAL_FILES,
        expand("results/preferences/{preference}/{file}", preference=PREFERENCES, file=PREFERENCE_FILES),
        expand("results/sft/{sft}/train.parquet", sft=SFT),
        expand("results/train/{train}/model.json", train=TRAIN),
        # Named although the leaderboard needs them: whatever is deleted from results/ is made again.
        MADE_FILES,
        every("results/{dataset}/prompts.parquet"),
        every("results/{dataset}/{model}/responses.parquet"),
        every("results/{dataset}/{model}/lengths.parquet"),
        every("results/{dataset}/{model}/judgements/{judge}.parquet"),
        every("results/{dataset}/{model}/scores.parquet"),
        METRIC_FILES,
        MODEL_TRACES,
        JUDGE_TRACES,
        FACTS,
        EVALSCOPE_FILES,


# Phony targets, one per stage: `snakemake all_lengths`.
rule all_made:
    input:
        MADE_FILES,


rule all_responses:
    input:
        every("results/{dataset}/{model}/responses.parquet"),


rule all_lengths:
    input:
        every("results/{dataset}/{model}/lengths.parquet"),


rule all_judgements:
    input:
        every("results/{dataset}/{model}/judgements/{judge}.parquet"),


rule all_scores:
    input:
        every("results/{dataset}/{model}/scores.parquet"),
        METRIC_FILES,
        TOTAL_FILES,


rule all_comparisons:
    input:
        COMPARED.values(),


rule all_judge_modes:
    input:
        "results/judge-modes.parquet",


rule all_certification:
    input:
        CERTIFICATION,


rule all_exports:
    input:
        EVALSCOPE_FILES,


rule all_pairs:
    input:
        expand("results/preferences/{preference}/{file}", preference=PREFERENCES, file=PREFERENCE_FILES),


rule all_sft:
    input:
        expand("results/sft/{sft}/train.parquet", sft=SFT),


rule all_training:
    input:
        expand("results/train/{train}/model.json", train=TRAIN),


onstart:
    submit_patiently(workflow)
    require_keys(workflow)
    plan_orders(workflow)
    watch_jobs(workflow)


onsuccess:
    tell_results(list(workflow.dag.needrun_jobs(exclude_finished=False)))
    planned.forget(RUN)
    end_at_once()


onerror:
    tell_errors(workflow.scheduler.failed)
    planned.forget(RUN)
    end_at_once()
