"""AgentWrite's texts as they are shown: a line per model, and where in the text lengths fall behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from longhand.report import figures
from longhand.report.calls import CallReason, call_reasons
from longhand.report.health_counts import Count
from longhand.report.marks import Mark
from longhand.report.page_tables import Page
from longhand.report.states import States
from longhand.summary.inputs import Lengths
from longhand.summary.sections import PLAN, WRITE
from longhand.tables.files import Row

SECTION_STATUSES = ("ok", "truncated", "repeated", "off_length", "empty", "refused", "too_long", "failed")

SECTION_AXIS = (20.0, 2_500.0)

_TOP = 200  # percent of the wanted words that a figure shows


@dataclass(frozen=True)
class Sectioned:
    """One model's texts on one dataset.

    Attributes:
        row: of SECTION_TEXTS.
        panel: words wanted and written, a point per section; None without sections.
        places: rows of SECTION_PLACES by place in the text; None where no text has a section.
    """

    mark: Mark
    row: Row
    rejected: Count
    again: Count
    near: Count
    panel: figures.Panel | None
    places: list[Row | None]


@dataclass(frozen=True)
class SectionsShown:
    """What is shown of all models with AgentWrite on a dataset: a line each, and their figure by place."""

    lines: list[Sectioned]
    plans: States
    sections: States
    reasons: list[CallReason]
    places: list[str]
    figure: Markup | None


def sections_shown(page: Page, key: str, dataset: str, models: Sequence[str], together: str) -> SectionsShown | None:
    """The models of a dataset that write with AgentWrite; None without any.

    Args:
        key: the first part of the figures' ids.
        models: that may be shown, in order.
        together: the name of their list of reasons.
    """
    texts = {row["model"]: row for row in page.summary("section_texts", dataset=dataset)}
    shown = [model for model in models if model in texts]
    if not shown:
        return None
    places = page.summary("section_places", dataset=dataset)
    names = _places([row for row in places if row["model"] in shown])
    lengths = [_lengths(page.summary("section_lengths", dataset=dataset, model=model)) for model in shown]
    limits = figures.length_axis(lengths, SECTION_AXIS)
    lines = []
    for i, (model, of_model) in enumerate(zip(shown, lengths, strict=True)):
        by_place = {row["place"]: row for row in places if row["model"] == model}
        panel = (f"{key}-{i}-sections", page.marks[model], of_model, limits, "sections", "wanted")
        drawn = figures.required_against_written(*panel) if of_model.words.size else None
        lines.append(_line(page.marks[model], texts[model], drawn, [by_place.get(place) for place in names]))
    calls = page.summary("calls", dataset=dataset)
    reasons = page.summary("call_reasons", together=together)
    title = "Written in percent of wanted words, by section"
    courses = [figures.Line(line.mark, _points(line.places)) for line in lines]
    return SectionsShown(
        lines=lines,
        plans=_states(lines, [row for row in calls if row["step"] == PLAN], ()),
        sections=_states(lines, [row for row in calls if row["step"] == WRITE], SECTION_STATUSES),
        reasons=call_reasons(reasons, {(dataset, model): model for model in shown})[1],
        places=[*names.values()],
        figure=figures.by_range(f"{key}-places", title, [*names.values()], courses, _TOP) if names else None,
    )


def _line(mark: Mark, row: Row, panel: figures.Panel | None, places: list[Row | None]) -> Sectioned:
    return Sectioned(
        mark=mark,
        row=row,
        rejected=Count(row["rejected"], row["texts"]),
        again=Count(row["planned_again"], row["planned"]),
        near=Count(row["within_20"] or 0, row["whole"]),
        panel=panel,
        places=places,
    )


def _lengths(rows: Sequence[Row]) -> Lengths:
    """A point per section."""
    columns = {name: np.array([row[name] for row in rows]) for name in ("required", "words", "cut", "n")}
    required, words, cut = (np.repeat(columns[name], columns["n"].astype(int)) for name in ("required", "words", "cut"))
    return Lengths(required.astype(float), words.astype(float), cut.astype(bool))


def _places(rows: Sequence[Row]) -> dict[int, str]:
    """The places up to the last that has a section, by name."""
    names = {row["place"]: _place_name(row["first"], row["last"]) for row in rows}
    return dict(sorted(names.items()))


def _place_name(first: int, last: int | None) -> str:
    return f"{first}+" if last is None else str(first) if last == first else f"{first}–{last}"


def _points(places: Sequence[Row | None]) -> list[tuple[int, float, tuple[float, float] | None]]:
    """As drawn: what is over the top of the figure lies on it."""
    return [
        (i, min(place["share"], _TOP), (min(place["low"], _TOP), min(place["high"], _TOP)))
        for i, place in enumerate(places)
        if place
    ]


def _states(lines: Sequence[Sectioned], calls: Sequence[Row], known: tuple[str, ...]) -> States:
    """The calls of a step by status, a line per model."""
    counts = {(row["model"], row["status"]): row["n"] for row in calls}
    models = [line.mark.name for line in lines]
    present = {status for model, status in counts if model in models}
    statuses = [*known, *sorted(present.difference(known), key=lambda status: (status != "ok", status))]
    shown = [[counts.get((model, status), 0) for status in statuses] for model in models]
    return States(None, statuses, [(line.mark, row, sum(row)) for line, row in zip(lines, shown, strict=True)])
