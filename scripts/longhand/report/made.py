"""Data that the run made: by Self-Lengthen, other datasets made here, data for fine-tuning."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from longhand.report.calls import CallReason, call_reasons
from longhand.report.funnels import Funnel, funnel
from longhand.report.lengthened import Lengthened, lengthened
from longhand.report.marks import Mark
from longhand.report.page_tables import Page
from longhand.report.readings import Reading, readings
from longhand.report.sections import SectionsShown, sections_shown
from longhand.summary.settings import sources_of_data
from longhand.tables.files import Row


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
    words: Row | None = None
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


def made_here(page: Page) -> Made:
    """What is shown of data made here. What an entry of self_lengthen stands for is shown with that entry only."""
    settings = page.settings
    datasets = [made for name, entry in settings.made.items() if (made := _dataset(page, name, entry))]
    sets = [made for name, entry in settings.sft.items() if (made := _set(page, name, entry))]
    sources = dict.fromkeys(source for made in (*datasets, *sets) for source in made.source)
    return Made(
        lengthened=[lengthened(page, name, recipe) for name, recipe in settings.self_lengthen.items()],
        datasets=datasets,
        sets=sets,
        written=[written for source in sources if (written := _written(page, *source))],
    )


def _dataset(page: Page, name: str, entry: dict[str, Any]) -> MadeSet | None:
    rows = page.summary("filters", kind="datasets", name=name)
    made = MadeSet(name, sources_of_data(entry), funnel({"rows": rows}), documents=entry.get("documents"))
    return made if rows else None


def _set(page: Page, name: str, entry: dict[str, Any]) -> MadeSet | None:
    rows = page.summary("filters", kind="sft", name=name)
    words = next(iter(page.summary("training_sets", name=name)), None)
    mixed = {row["source"]: row["n"] for row in page.summary("mixed_sets", name=name)}
    return MadeSet(name, sources_of_data(entry), funnel({"responses": rows}), words, mixed) if rows else None


def _written(page: Page, dataset: str, model: str) -> Written | None:
    """None where the model makes one call for a text, or is shown with its dataset."""
    if (dataset, model) in page.evaluated or not page.summary("calls", dataset=dataset, model=model):
        return None
    together = f"{dataset}/{model}"
    sectioned = sections_shown(page, f"{dataset}/places-{model}", dataset, [model], together)
    reasons = page.summary("call_reasons", together=together)
    return Written(
        dataset=dataset,
        mark=page.marks[model],
        sectioned=sectioned,
        reasons=[] if sectioned else call_reasons(reasons, {(dataset, model): "calls"})[1],
        readings=readings(page, dataset, [page.marks[model]]),
    )
