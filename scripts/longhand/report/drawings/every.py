"""All figures of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from longhand.report.drawings import agentwrite, lengths, ranges, reach, rules, standing
from longhand.report.drawings.drawing import Drawing
from longhand.report.page_tables import Page

OF_DATASET: tuple[Callable[[Page, str], Iterator[Drawing]], ...] = (
    standing.drawings,
    ranges.drawings,
    reach.drawings,
    lengths.drawings,
    rules.drawings,
    agentwrite.drawings,
)


def every_drawing(page: Page) -> Iterator[Drawing]:
    """Dataset by dataset, in the order of the page."""
    for dataset in page.datasets:
        for drawings in OF_DATASET:
            yield from drawings(page, dataset)
    yield from standing.overview(page)
    yield from agentwrite.made_drawings(page)
