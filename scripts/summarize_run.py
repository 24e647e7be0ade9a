"""Counts and averages what the report shows of a run's raw tables.

Reads: the leaderboard, the tables of scores, judgements, prompts, responses, traces and facts (their folders tell which
dataset, model and judge they are about), those of data made here, settings as JSON; and in journal/ what was paid.
Writes: results/summary/{name}.parquet.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from longhand.ask.entry_files import EntryFiles, section_kind
from longhand.ask.spend import paid_in, usd_at_most
from longhand.program.command import FileText, run
from longhand.summary.call_tables import call_tables, text_tables
from longhand.summary.costs import Answers, Payee, Payees, cost_rows, sums_of
from longhand.summary.dataset_tables import dataset_tables
from longhand.summary.inputs import sources, tally_judgements, tally_responses
from longhand.summary.made_tables import made_tables
from longhand.summary.origins import date_rows, reported_rows, version_rows
from longhand.summary.run_tables import Inputs, MadePaths, in_order
from longhand.summary.settings import read_settings
from longhand.summary.shown_prompts import shown_prompt_rows
from longhand.tables.facts import facts_tables
from longhand.tables.files import Row, write_table
from longhand.tables.makers import made_with
from longhand.tables.summary_tables import SUMMARY
from longhand.tables.summary_tables_run import PAID
from longhand.wire.price import Price


def main(
    *,
    leaderboard: list[Path],
    scores: list[Path],
    judgements: list[Path],
    prompts: list[Path],
    responses: list[Path],
    metrics: list[Path],
    audits: list[Path],
    traces: list[Path],
    judge_traces: list[Path],
    facts: list[Path],
    made_traces: list[Path],
    made_scores: list[Path],
    made_prompts: list[Path],
    made_responses: list[Path],
    made_judgements: list[Path],
    made_judge_traces: list[Path],
    made_facts: list[Path],
    filters: list[Path],
    sft: list[Path],
    settings: Path,
    payees: FileText,
    journal: Path,
    out: list[Path],
) -> None:
    """Writes the tables.

    Args:
        leaderboard: results/leaderboard.parquet; none where nothing is evaluated.
        scores: results/{dataset}/{model}/scores.parquet, any number.
        judgements: results/{dataset}/{model}/judgements/{judge}.parquet, any number; none where nothing is judged.
        prompts: results/{dataset}/prompts.parquet, one per dataset.
        responses: results/{dataset}/{model}/responses.parquet, any number.
        metrics: results/{dataset}/{model}/metrics.parquet, any number.
        audits: results/preferences/{name}/audit.parquet, any number.
        traces: results/{dataset}/{model}/traces.parquet of models that make several calls for a text, any number.
        judge_traces: results/{dataset}/{model}/judgements/{judge}.traces.parquet of judges that do, any number.
        facts: results/{dataset}/{judge}.facts.parquet of judges that look into contexts.
        made_traces, made_judge_traces, made_responses, made_judgements, made_facts: as these, of what is written and
            judged for training data and not evaluated.
        made_scores: results/{dataset}/{model}/scores.parquet of the models of `made_traces`.
        made_prompts: results/{dataset}/prompts.parquet of what these answer, and of datasets made here.
        filters: what was dropped of datasets made here (results/{dataset}/filters.parquet) and of fine-tuning data
            (results/sft/{name}/filters.parquet).
        sft: results/sft/{name}/train.parquet, any number.
        settings: JSON of what was run, as results/settings.json has it: what decides what is counted suffices.
        payees: JSON of who is asked: models and judges -> name -> role -> kind, name and price of the entry.
        journal: the folder of the journal; it is only read, and only for PAID.
        out: results/summary/{name}.parquet, all of them.
    """
    run_settings = read_settings(settings)
    inputs = in_order(
        Inputs(
            results=out[0].parent.parent,
            leaderboard=next(iter(leaderboard), None),
            scores=sources(scores),
            judgements=sources(judgements, judged=True),
            prompts={path.parent.name: path for path in prompts},
            responses=sources(responses),
            metrics=sources(metrics),
            audits={path.parent.name: path for path in audits},
            traces=sources(traces),
            judge_traces=sources(judge_traces, judged=True),
            facts=facts_tables(facts),
            made=MadePaths(sources(made_traces), sources(made_scores), made_prompts, filters, sft),
        ),
        run_settings,
    )
    tallies = [(source, tally_responses(source.path)) for source in inputs.responses]
    tallies += [(source, tally_judgements(source.path)) for source in inputs.judgements]
    shown = [row for path in prompts_of(inputs) for row in shown_prompt_rows(path)]
    ids: dict[str, list[str]] = {}
    for row in shown:
        ids.setdefault(row["dataset"], []).append(row["prompt_id"])
    judges = {source.judge for source in inputs.judgements if source.judge is not None}
    who = {kind: payees_of(named) for kind, named in json.loads(payees).items()}
    of_data = Answers(
        sources(made_responses),
        sources(made_judgements, judged=True),
        inputs.made.traces,
        sources(made_judge_traces, judged=True),
        facts_tables(made_facts),
    )
    evaluation = Answers(inputs.responses, inputs.judgements, inputs.traces, inputs.judge_traces, inputs.facts)
    tables: dict[str, Iterable[Row]] = {
        **dataset_tables(inputs, run_settings, tallies, ids),
        **call_tables(inputs, run_settings),
        **text_tables(inputs, ids, judges),
        **made_tables(inputs.made, inputs.audits, run_settings),
        "shown_prompts": shown,
        "versions": version_rows(inputs.paths(), tallies, inputs.results),
        "reported_names": reported_rows(tallies),
        "dates": date_rows(inputs.paths()),
        "costs": cost_rows({"evaluation": evaluation, "data": of_data}, who["models"], who["judges"]),
        "paid": paid_rows(journal, who),
    }
    for path in out:
        write_table(path, tables[path.stem], SUMMARY[path.stem], "summarize_run", made_with("numpy", "pandas", "scipy"))


def prompts_of(inputs: Inputs) -> list[Path]:
    """The prompts of all datasets, each once."""
    return list(dict.fromkeys([*inputs.prompts.values(), *inputs.made.prompts]))


def payees_of(named: Mapping[str, Mapping[str, tuple[str, str, Price]]]) -> Payees:
    """Who is asked for models or judges, from their JSON."""
    return {name: {role: Payee(*payee) for role, payee in roles.items()} for name, roles in named.items()}


def paid_rows(journal: Path, payees: Mapping[str, Payees]) -> Iterator[Row]:
    """Rows of PAID, of all who are asked; none where the journal has nothing of them."""
    entries = {payee[:2]: payee for named in payees.values() for roles in named.values() for payee in roles.values()}
    rows = [_paid(journal, payee) for payee in entries.values()]
    rows = [row for row in rows if row["answers"] or row["maybe_paid"]]
    yield from [*rows, {"kind": None, "name": None} | sums_of(rows, PAID.names[2:])] if rows else []


def _paid(journal: Path, payee: Payee) -> Row:
    spend, unsettled = paid_in(EntryFiles(journal, section_kind(payee.kind), payee.name))
    counts = {name: getattr(spend, name) for name in ("answers", "requests", "prompt_tokens", "completion_tokens")}
    money = {"usd": spend.usd(payee.price), "usd_at_most": usd_at_most(spend, unsettled, payee.price)}
    return {"kind": payee.kind, "name": payee.name, "maybe_paid": unsettled.requests} | counts | money


if __name__ == "__main__":
    run(main)
