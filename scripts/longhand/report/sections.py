"""AgentWrite's texts as they are shown: a line per model, and where in the text lengths fall behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from longhand.report.calls import CallReason, call_reasons
from longhand.report.counts import Count
from longhand.report.marks import Mark
from longhand.report.page_tables import Page
from longhand.report.states import States
from longhand.summary.sections import PLAN, WRITE
from longhand.tables.files import Row

SECTION_STATUSES = ("ok", "truncated", "repeated", "off_length", "empty", "refused", "too_long", "failed")


@dataclass(frozen=True)
class Sectioned:
    """One model's texts on one dataset.

    Attributes:
        row: of SECTION_TEXTS.
        places: rows of SECTION_PLACES by place in the text; None where no text has a section.
    """

    mark: Mark
    row: Row
    rejected: Count
    again: Count
    near: Count
    places: list[Row | None]


@dataclass(frozen=True)
class SectionsShown:
    """What is shown of all models with AgentWrite on a dataset.

    Attributes:
        name: of the figure by place.
        lines: one for each model.
        places: those in a text, in order.
    """

    name: str
    lines: list[Sectioned]
    plans: States
    sections: States
    reasons: list[CallReason]
    places: list[str]


def sections_shown(page: Page, name: str, dataset: str, models: Sequence[str], together: str) -> SectionsShown | None:
    """The models of a dataset that write with AgentWrite; None without any.

    Args:
        name: of the figure by place.
        models: that may be shown, in order.
        together: the name of their list of reasons.
    """
    texts = {row["model"]: row for row in page.summary("section_texts", dataset=dataset)}
    shown = [model for model in models if model in texts]
    if not shown:
        return None
    places = page.summary("section_places", dataset=dataset)
    names = _places([row for row in places if row["model"] in shown])
    lines = []
    for model in shown:
        by_place = {row["place"]: row for row in places if row["model"] == model}
        lines.append(_line(page.marks[model], texts[model], [by_place.get(place) for place in names]))
    calls = page.summary("calls", dataset=dataset)
    reasons = page.summary("call_reasons", together=together)
    return SectionsShown(
        name=name,
        lines=lines,
        plans=_states(lines, [row for row in calls if row["step"] == PLAN], ()),
        sections=_states(lines, [row for row in calls if row["step"] == WRITE], SECTION_STATUSES),
        reasons=call_reasons(reasons, {(dataset, model): model for model in shown})[1],
        places=[*names.values()],
    )


def _line(mark: Mark, row: Row, places: list[Row | None]) -> Sectioned:
    return Sectioned(
        mark=mark,
        row=row,
        rejected=Count(row["rejected"], row["texts"]),
        again=Count(row["planned_again"], row["planned"]),
        near=Count(row["within_20"] or 0, row["whole"]),
        places=places,
    )


def _places(rows: Sequence[Row]) -> dict[int, str]:
    """The places up to the last that has a section, by name."""
    names = {row["place"]: _place_name(row["first"], row["last"]) for row in rows}
    return dict(sorted(names.items()))


def _place_name(first: int, last: int | None) -> str:
    return f"{first}+" if last is None else str(first) if last == first else f"{first}–{last}"


def _states(lines: Sequence[Sectioned], calls: Sequence[Row], known: tuple[str, ...]) -> States:
    """The calls of a step by status, a line per model."""
    counts = {(row["model"], row["status"]): row["n"] for row in calls}
    models = [line.mark.name for line in lines]
    present = {status for model, status in counts if model in models}
    statuses = [*known, *sorted(present.difference(known), key=lambda status: (status != "ok", status))]
    shown = [[counts.get((model, status), 0) for status in statuses] for model in models]
    return States(None, statuses, [(line.mark, row, sum(row)) for line, row in zip(lines, shown, strict=True)])
