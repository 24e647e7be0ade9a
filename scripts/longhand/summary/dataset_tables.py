"""The tables of results/summary/ on datasets: prompts, what became of answers, lengths, health, metrics, rewards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from longhand.judging.kinds import DIMENSIONS
from longhand.summary.answers import answer_row, error_rows, state_rows
from longhand.summary.contexts import read_contexts, shown_answer_rows, shown_context_rows
from longhand.summary.criteria import criteria_tables
from longhand.summary.health import health_row
from longhand.summary.inputs import Source, Tally
from longhand.summary.length_rules import length_rule_tables
from longhand.summary.lengths import length_tables
from longhand.summary.metrics import metric_rows
from longhand.summary.prompt_counts import prompt_counts_row
from longhand.summary.reach import reach_rows
from longhand.summary.rewards import facts_taken_row, grade_rows, statement_rows
from longhand.summary.run_tables import Inputs
from longhand.summary.settings import ReportSettings
from longhand.tables.files import Row

Tables = dict[str, list[Row]]


def rule_of(dataset: str, settings: ReportSettings) -> str:
    """The name of a dataset's length rule."""
    return settings.datasets.get(dataset, {}).get("length") or "longbench-write"


def dataset_tables(
    inputs: Inputs,
    settings: ReportSettings,
    tallies: Sequence[tuple[Source, Tally]],
    prompt_ids: Mapping[str, Sequence[str]],
) -> Tables:
    """All of these tables.

    Args:
        tallies: what is counted in responses and verdicts.
        prompt_ids: dataset -> the prompts whose answers are shown.
    """
    return {
        "prompt_counts": [prompt_counts_row(path, rule_of(name, settings)) for name, path in inputs.prompts.items()],
        **answer_tables(tallies),
        **score_tables(inputs, settings),
        **criteria_tables(inputs.judgements, inputs.prompts),
        **reward_tables(inputs, settings, prompt_ids),
    }


def answer_tables(tallies: Sequence[tuple[Source, Tally]]) -> Tables:
    """ANSWERS, ANSWER_STATES and ANSWER_ERRORS."""
    return {
        "answers": [answer_row(*each) for each in tallies],
        "answer_states": [row for each in tallies for row in state_rows(*each)],
        "answer_errors": [row for each in tallies for row in error_rows(*each)],
    }


def score_tables(inputs: Inputs, settings: ReportSettings) -> Tables:
    """What is told of scores: health, reach, lengths, length rules; and metrics."""
    lengths = [length_tables(source) for source in inputs.scores]
    scores, metrics = by_dataset(inputs.scores), by_dataset(inputs.metrics)
    rules = [length_rule_tables(of_dataset, rule_of(name, settings)) for name, of_dataset in scores.items()]
    return {
        "health": [health_row(source) for source in inputs.scores],
        "reach": [row for of_dataset in scores.values() for row in reach_rows(of_dataset)],
        "length_points": [row for points, _ in lengths for row in points],
        "length_counts": [row for _, counts in lengths for row in counts],
        "length_rule_means": [row for means, _ in rules for row in means],
        "length_rule_words": [row for _, words in rules for row in words],
        "metric_means": [
            row for name, of_dataset in metrics.items() for row in metric_rows(of_dataset, inputs.prompts.get(name))
        ],
    }


def reward_tables(inputs: Inputs, settings: ReportSettings, prompt_ids: Mapping[str, Sequence[str]]) -> Tables:
    """What is told of judges that look into contexts; the settings say which do.

    Args:
        prompt_ids: dataset -> the prompts whose answers are shown.
    """
    looking = [name for name, entry in settings.judges.items() if entry.get("method") in DIMENSIONS]
    verdicts = [source for source in inputs.judgements if source.judge in looking]
    traces = {(each.dataset, each.model, each.judge): each for each in inputs.judge_traces if each.judge in looking}
    facts = {key: path for key, path in inputs.facts.items() if key[1] in looking}
    tables: Tables = {
        "grades": [row for source in verdicts for row in grade_rows(source)],
        "statements": [row for source in traces.values() for row in statement_rows(source)],
        "facts_taken": [facts_taken_row(*key, path) for key, path in facts.items()],
        "shown_contexts": [],
        "shown_answers": [],
    }
    for dataset, judge in dict.fromkeys((source.dataset, source.judge or "") for source in verdicts):
        contexts = _contexts(inputs.prompts.get(dataset), prompt_ids.get(dataset, []))
        tables["shown_contexts"] += shown_context_rows(dataset, judge, facts.get((dataset, judge)), contexts)
        for source in verdicts:
            if (source.dataset, source.judge) == (dataset, judge):
                of_judge = traces.get((dataset, source.model, judge))
                tables["shown_answers"] += shown_answer_rows(source, of_judge, contexts)
    return tables


def _contexts(prompts: Path | None, prompt_ids: Sequence[str]) -> dict[str, str]:
    known = read_contexts(prompts, prompt_ids) if prompts else {}
    return {prompt_id: known[prompt_id] for prompt_id in prompt_ids if prompt_id in known}


def by_dataset(sources: Iterable[Source]) -> dict[str, list[Source]]:
    """Tables by the dataset that they are about."""
    grouped: dict[str, list[Source]] = {}
    for source in sources:
        grouped.setdefault(source.dataset, []).append(source)
    return grouped
