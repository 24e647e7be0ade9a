"""Required and written words: a point for each response, a figure for each model."""

from __future__ import annotations

from collections.abc import Iterator

from longhand.charts.words import WrittenLength, length_axis, texts
from longhand.report.drawings.drawing import Drawing
from longhand.report.page_tables import Page
from longhand.summary.inputs import Lengths, read_lengths


def drawings(page: Page, dataset: str) -> Iterator[Drawing]:
    """None where no response has a required length."""
    scores = page.by_model(page.inputs.scores, dataset)
    points = {model: written_lengths(read_lengths(source.path)) for model, source in scores.items()}
    limits = length_axis([point for each in points.values() for point in each])
    for model, of_model in points.items():
        if of_model:
            spec = texts(of_model, page.marks[model], limits, "required", f"{len(of_model)} responses of {model}.")
            yield Drawing(f"{dataset}/words-{model}", spec)


def written_lengths(lengths: Lengths) -> list[WrittenLength]:
    """As points."""
    return [WrittenLength(*each) for each in zip(*(column.tolist() for column in lengths.columns()), strict=True)]
