"""The means by each length rule."""

from __future__ import annotations

from collections.abc import Iterator

from longhand.charts.scores import Stage, stepwise
from longhand.report.drawings.drawing import Drawing
from longhand.report.page_tables import Page
from longhand.report.rules import side_by_side


def drawings(page: Page, dataset: str) -> Iterator[Drawing]:
    """One; none where no other rule applies, or there is one model."""
    shown = side_by_side(page, dataset)
    if shown is None or len(shown.lines) < 2:
        return
    titles = [title for title, _ in shown.rules]
    stages = [
        Stage(line.mark.name, title, place.score.value, place.score.low, place.score.high, place.score.prompts)
        for line in shown.lines
        for title, place in zip(titles, line.places, strict=True)
        if place.score.value is not None
    ]
    marks = [mark for mark in page.marks.values() if any(mark == line.mark for line in shown.lines)]
    spec = stepwise(stages, titles, marks, "Mean length score by rule", "The same values stand in the table below.")
    yield Drawing(f"{dataset}/rules", spec)
