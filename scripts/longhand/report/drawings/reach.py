"""How far each model reaches: written against required words, step by step."""

from __future__ import annotations

from collections.abc import Iterator

from longhand.charts.words import Reached, stepwise_words
from longhand.report.drawings.drawing import Drawing
from longhand.report.page_tables import Page
from longhand.report.reach import reach

TITLE = "Required and written words, step by step"


def drawings(page: Page, dataset: str) -> Iterator[Drawing]:
    """One; none where there are too few steps to see a course."""
    shown = reach(page, dataset)
    if shown is None:
        return
    points = [
        Reached(line.mark.name, *(cell[name] for name in ("required", "words", "low", "high", "limited", "n")))
        for line in shown.lines
        for cell in line.cells
        if cell is not None
    ]
    marks = [line.mark for line in shown.lines]
    yield Drawing(f"{dataset}/reach", stepwise_words(points, marks, TITLE, "The same values stand in the table below."))
