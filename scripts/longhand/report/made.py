"""Data that the run made: by Self-Lengthen, other datasets made here, data for fine-tuning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from longhand.report.calls import CallReason, call_reasons, count_calls
from longhand.report.funnels import Funnel, read_funnel
from longhand.report.lengthened import Lengthened, lengthened
from longhand.report.made_tables import MadeTables, Spread, mixed_in, spread_of, words_trained_on
from longhand.report.marks import Mark
from longhand.report.prompts import read_prompts
from longhand.report.readings import Reading, readings
from longhand.report.sections import SectionsShown, sections_shown
from longhand.summary.inputs import ReportSettings
from longhand.summary.run_tables import MadePaths


@dataclass(frozen=True)
class MadeSet:
    """A dataset made here, or data for fine-tuning.

    Attributes:
        source: datasets and models whose responses it is made of.
        funnel: what filters left of them.
        words: of the answers in fine-tuning data; `mixed`: conversations beside them, by the name of their set.
        documents: the folder or file of documents that it is made of; these are what the funnel counts.
    """

    name: str
    source: list[tuple[str, str]]
    funnel: Funnel
    words: Spread | None = None
    mixed: dict[str, int] = field(default_factory=dict)
    documents: str | None = None


@dataclass(frozen=True)
class Written:
    """How a model that the leaderboard does not have wrote texts of training data, call by call."""

    dataset: str
    mark: Mark
    sectioned: SectionsShown | None
    reasons: list[CallReason]
    readings: list[Reading]


@dataclass(frozen=True)
class Made:
    """All that is shown of data made here."""

    lengthened: list[Lengthened]
    datasets: list[MadeSet]
    sets: list[MadeSet]
    written: list[Written]

    def __bool__(self) -> bool:
        return bool(self.lengthened or self.datasets or self.sets or self.written)


def made_here(paths: MadePaths, settings: ReportSettings, marks: Mapping[str, Mark]) -> Made:
    """Reads the tables of data made here. What an entry of self_lengthen stands for is shown with that entry only."""
    tables = _tables(paths)
    datasets = {name: entry for name, entry in settings.made.items() if name in tables.filters}
    sets = {name: entry for name, entry in settings.sft.items() if name in tables.set_filters}
    entries = (*datasets.values(), *sets.values())
    sources = dict.fromkeys(source for entry in entries for source in sources_of_data(entry))
    return Made(
        lengthened=[lengthened(name, recipe, tables) for name, recipe in settings.self_lengthen.items()],
        datasets=[
            MadeSet(
                name,
                sources_of_data(entry),
                read_funnel({"rows": tables.filters[name]}),
                documents=entry.get("documents"),
            )
            for name, entry in datasets.items()
        ],
        sets=[
            MadeSet(
                name,
                sources_of_data(entry),
                read_funnel({"responses": tables.set_filters[name]}),
                spread_of(words_trained_on(tables.sets.get(name))),
                mixed_in(tables.sets.get(name)),
            )
            for name, entry in sets.items()
        ],
        written=[
            _written(i, *source, tables, settings, marks) for i, source in enumerate(sources) if source in tables.traces
        ],
    )


def _tables(paths: MadePaths) -> MadeTables:
    of_sets = [path for path in paths.filters if path.parts[-3:-2] == ("sft",)]
    return MadeTables(
        traces={(source.dataset, source.model): source for source in paths.traces},
        scores={(source.dataset, source.model): source for source in paths.scores},
        prompts=_by_folder(paths.prompts),
        filters=_by_folder(path for path in paths.filters if path not in of_sets),
        sets=_by_folder(paths.sets),
        set_filters=_by_folder(of_sets),
    )


def _by_folder(paths: Iterable[Path]) -> dict[str, Path]:
    return {path.parent.name: path for path in paths}


def sources_of_data(entry: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Datasets and models that an entry of `sft`, or the settings of a made dataset, names."""
    named = entry.get("from", [entry])
    return [(source["dataset"], source["model"]) for source in named if "model" in source]


def _written(
    i: int, dataset: str, model: str, tables: MadeTables, settings: ReportSettings, marks: Mapping[str, Mark]
) -> Written:
    traces, scores = {model: tables.traces[dataset, model]}, {model: tables.scores[dataset, model]}
    of_model = {model: marks[model]}
    planned = settings.models.get(model, {}).get("method") == "agentwrite"
    prompts = read_prompts(tables.prompts[dataset], settings.datasets.get(dataset, {}).get("length", "longbench-write"))
    return Written(
        dataset=dataset,
        mark=marks[model],
        sectioned=sections_shown(f"made-{i}", traces, scores, of_model) if planned else None,
        reasons=[] if planned else call_reasons([count_calls(traces[model].path)]),
        readings=readings(prompts, traces, scores, of_model),
    )
