"""AgentWrite's sections: where in a text they fall behind, and a point for each section."""

from __future__ import annotations

from collections.abc import Iterator

from longhand.charts.scores import Stage, stepwise
from longhand.charts.words import WrittenLength, length_axis, texts
from longhand.report.drawings.drawing import Drawing
from longhand.report.made import made_here
from longhand.report.page_tables import Page
from longhand.report.sections import SectionsShown, sections_shown

TITLE = "Written in percent of wanted words, by section"

_TOP = 200  # percent of the wanted words that the figure shows
_AXIS = (20.0, 2_500.0)


def drawings(page: Page, dataset: str) -> Iterator[Drawing]:
    """One by place, and one for each model; none where no model writes so."""
    if shown := sections_shown(page, f"{dataset}/places", dataset, page.models, together=dataset):
        yield from _drawings(page, shown, dataset)


def made_drawings(page: Page) -> Iterator[Drawing]:
    """Those of texts that were written for training data."""
    for written in made_here(page).written:
        if written.sectioned:
            yield from _drawings(page, written.sectioned, written.dataset)


def _drawings(page: Page, shown: SectionsShown, dataset: str) -> Iterator[Drawing]:
    marks = [line.mark for line in shown.lines]
    if shown.places:
        beside = "The same values stand in the table below."
        yield Drawing(shown.name, stepwise(list(_stages(shown)), shown.places, marks, TITLE, beside, _TOP, "80%"))
    points = {mark: _points(page, dataset, mark.name) for mark in marks}
    limits = length_axis([point for each in points.values() for point in each], _AXIS)
    for mark, sections in points.items():
        if sections:
            spec = texts(sections, mark, limits, "wanted", f"Words wanted and written, sections of {mark.name}.")
            yield Drawing(f"{dataset}/sections-{mark.name}", spec)


def _points(page: Page, dataset: str, model: str) -> list[WrittenLength]:
    rows = page.summary("section_lengths", dataset=dataset, model=model)
    return [WrittenLength(row["required"], row["words"], row["cut"], row["n"]) for row in rows]


def _stages(shown: SectionsShown) -> Iterator[Stage]:
    for line in shown.lines:
        for name, place in zip(shown.places, line.places, strict=True):
            if place:
                yield Stage(line.mark.name, name, place["share"], place["low"], place["high"], place["n"])
