"""Makes the report of a run: one page that works without the network, and shows the same without scripts.

Reads the leaderboard, the tables of scores, judgements, prompts, responses, traces and facts (their folders tell which
dataset, model and judge they are about), those of data made here, and the settings of the run as JSON. Writes
results/report.html.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from longhand.program.command import run
from longhand.report.page import render
from longhand.summary.inputs import read_settings, sources
from longhand.summary.run_tables import Inputs, MadePaths
from longhand.tables.facts import facts_tables


def main(
    *,
    summary: list[Path],
    leaderboard: list[Path],
    scores: list[Path],
    judgements: list[Path],
    prompts: list[Path],
    responses: list[Path],
    metrics: list[Path],
    audits: list[Path],
    comparison: list[Path],
    win_rates: list[Path],
    agreement: list[Path],
    length_bias: list[Path],
    traces: list[Path],
    judge_traces: list[Path],
    facts: list[Path],
    made_traces: list[Path],
    made_scores: list[Path],
    made_prompts: list[Path],
    filters: list[Path],
    sft: list[Path],
    figures: Path,
    settings: Path,
    out: Path,
) -> None:
    """Writes the report.

    Args:
        summary: results/summary/{name}.parquet, all of them.
        leaderboard: results/leaderboard.parquet; none where nothing is evaluated.
        scores: results/{dataset}/{model}/scores.parquet, any number.
        judgements: results/{dataset}/{model}/judgements/{judge}.parquet, any number; none where nothing is judged.
        prompts: results/{dataset}/prompts.parquet, one per dataset.
        responses: results/{dataset}/{model}/responses.parquet, any number.
        metrics: results/{dataset}/{model}/metrics.parquet, any number.
        audits: results/preferences/{name}/audit.parquet, any number.
        comparison, win_rates: results/comparison.parquet and win_rates.parquet; none with a single model.
        agreement, length_bias: results/agreement.parquet, results/length_bias.parquet; none where nothing is judged.
        traces: results/{dataset}/{model}/traces.parquet of models that make several calls for a text, any number.
        judge_traces: results/{dataset}/{model}/judgements/{judge}.traces.parquet of judges that do, any number.
        facts: results/{dataset}/{judge}.facts.parquet of judges that look into contexts.
        made_traces: as `traces`, of models that write for training data and are not evaluated.
        made_scores: results/{dataset}/{model}/scores.parquet of these.
        made_prompts: results/{dataset}/prompts.parquet of what these answer, and of datasets made here.
        filters: what was dropped of datasets made here (results/{dataset}/filters.parquet) and of fine-tuning data
            (results/sft/{name}/filters.parquet).
        sft: results/sft/{name}/train.parquet, any number.
        figures: results/figures, a folder.
        settings: JSON of what was run: title, seed, missing, min_coverage, datasets, models, judges, pairs, made, sft,
            self_lengthen.
        out: the page.
    """
    inputs = Inputs(
        results=out.parent,
        leaderboard=next(iter(leaderboard), None),
        scores=sources(scores),
        judgements=sources(judgements, judged=True),
        prompts={path.parent.name: path for path in prompts},
        responses=sources(responses),
        metrics=sources(metrics),
        audits={path.parent.name: path for path in audits},
        comparison=next(iter(comparison), None),
        win_rates=next(iter(win_rates), None),
        agreement=next(iter(agreement), None),
        length_bias=next(iter(length_bias), None),
        traces=sources(traces),
        judge_traces=sources(judge_traces, judged=True),
        facts=facts_tables(facts),
        summary={path.stem: path for path in summary},
        made=MadePaths(sources(made_traces), sources(made_scores), made_prompts, filters, sft),
        figures=figures,
    )
    page = render(inputs, read_settings(settings), datetime.now(UTC))
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f".{out.name}.partial")
    partial.write_text(page, encoding="utf-8")
    os.replace(partial, out)


if __name__ == "__main__":
    run(main)
