"""The tables of results/summary/ on what methods of several calls did, and the texts that the report shows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from longhand.summary.calls import call_rows, count_calls, reason_rows
from longhand.summary.inputs import Source
from longhand.summary.lengthened import iterations
from longhand.summary.readings import read_texts
from longhand.summary.run_tables import Inputs
from longhand.summary.samples import sample_rows
from longhand.summary.sections import length_rows, place_rows, read_sections, text_row
from longhand.summary.settings import ReportSettings
from longhand.tables.files import Row

Tables = dict[str, list[Row]]

AGENTWRITE = "agentwrite"


def call_tables(inputs: Inputs, settings: ReportSettings) -> Tables:
    """CALLS and CALL_REASONS, and the tables on AgentWrite's sections."""
    counted = {source: count_calls(source.path) for source in (*inputs.traces, *inputs.made.traces)}
    planned = [source for source in counted if _plans(source.model, settings)]
    lists = reason_lists(inputs.traces, inputs.made.traces, settings)
    reasons = [reason_rows(name, {source: counted[source] for source in group}) for name, group in lists.items()]
    return {
        "calls": [row for source, calls in counted.items() for row in call_rows(source, calls)],
        "call_reasons": [row for rows in reasons for row in rows],
        **_section_tables(planned, [*inputs.scores, *inputs.made.scores]),
    }


def _plans(model: str, settings: ReportSettings) -> bool:
    return settings.models.get(model, {}).get("method") == AGENTWRITE


def reason_lists(
    evaluated: Iterable[Source], made: Iterable[Source], settings: ReportSettings
) -> dict[str, list[Source]]:
    """Which tables of traces have their reasons ranked as one list, by its name.

    The models of a dataset that write with AgentWrite stand side by side, as do the iterations of a role of
    Self-Lengthen; others stand alone.
    """
    roles = dict(each for name, recipe in settings.self_lengthen.items() for each in _roles(name, iterations(recipe)))
    lists: dict[str, list[Source]] = {}
    for source in evaluated:
        alone = f"{source.dataset}/{source.model}"
        lists.setdefault(source.dataset if _plans(source.model, settings) else alone, []).append(source)
    for source in made:
        alone = f"{source.dataset}/{source.model}"
        lists.setdefault(roles.get((source.dataset, source.model), alone), []).append(source)
    return lists


def _roles(name: str, steps: range) -> Iterator[tuple[tuple[str, str], str]]:
    """Dataset and model of each role in an entry of self_lengthen, with what all iterations of the role are called."""
    for i in steps:
        yield (f"{name}.{i}.slots", f"{name}.instructor"), f"{name}.instructor"
        yield (f"{name}.{i}.instructions", f"{name}.{i}.generator"), f"{name}.generator"
        yield (f"{name}.{i}.initial", f"{name}.{i}.extender"), f"{name}.extender"
    yield (f"{name}.collected", f"{name}.restater"), f"{name}.restater"


def _section_tables(traces: Iterable[Source], scores: Iterable[Source]) -> Tables:
    tables: Tables = {"section_texts": [], "section_places": [], "section_lengths": []}
    by_model = {(source.dataset, source.model): source for source in scores}
    for source in traces:
        if of_model := by_model.get((source.dataset, source.model)):
            sections = read_sections(source)
            tables["section_texts"].append(text_row(sections, source, of_model))
            tables["section_places"] += place_rows(sections, source)
            tables["section_lengths"] += length_rows(sections, source)
    return tables


def text_tables(inputs: Inputs, prompt_ids: Mapping[str, Collection[str]], judges: Collection[str]) -> Tables:
    """READ_TEXTS, READ_CALLS, SAMPLES and SAMPLE_SCORES.

    Args:
        prompt_ids: dataset -> the prompts whose responses are shown.
        judges: of the evaluation.
    """
    scores = {(source.dataset, source.model): source for source in (*inputs.scores, *inputs.made.scores)}
    read: list[tuple[Row, list[Row]]] = []
    for source in (*inputs.traces, *inputs.made.traces):
        of_dataset, of_model = prompt_ids.get(source.dataset, ()), scores.get((source.dataset, source.model))
        if of_dataset and of_model:
            read += read_texts(of_dataset, source, of_model)
    begun: list[tuple[Row, list[Row]]] = []
    for source in inputs.responses:
        if of_dataset := prompt_ids.get(source.dataset, ()):
            begun += sample_rows(of_dataset, source, scores.get((source.dataset, source.model)), judges)
    return _both("read_texts", "read_calls", read) | _both("samples", "sample_scores", begun)


def _both(one: str, many: str, rows: Iterable[tuple[Row, list[Row]]]) -> Tables:
    paired = list(rows)
    return {one: [row for row, _ in paired], many: [each for _, others in paired for each in others]}
