"""How far each model reaches: written against required words, step by step."""

from __future__ import annotations

from collections.abc import Iterator

from longhand.charts.words import Reached, reach
from longhand.report.drawings.drawing import Drawing
from longhand.report.page_tables import Page
from longhand.report.reach import reach as reach_of

TITLE = "Required and written words, step by step"


def drawings(page: Page, dataset: str) -> Iterator[Drawing]:
    """One; none where there are too few steps to see a course."""
    shown = reach_of(page.by_model(page.inputs.scores, dataset), page.marks)
    if shown is None:
        return
    points = [
        Reached(line.mark.name, step.required, cell.words, cell.low, cell.high, cell.limited, cell.n)
        for line in shown.lines
        for step, cell in zip(shown.steps, line.cells, strict=True)
        if cell is not None
    ]
    marks = [line.mark for line in shown.lines]
    yield Drawing(f"{dataset}/reach", reach(points, marks, TITLE, "The same values stand in the table below."))
