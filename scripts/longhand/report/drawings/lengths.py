"""Required and written words: a point for each response, a figure for each model."""

from __future__ import annotations

from collections.abc import Iterator

from longhand.charts.words import WrittenLength, length_axis, texts
from longhand.report.drawings.drawing import Drawing
from longhand.report.page_tables import Page


def drawings(page: Page, dataset: str) -> Iterator[Drawing]:
    """None where no response has a required length."""
    points: dict[str, list[WrittenLength]] = {}
    for row in page.summary("length_points", dataset=dataset):
        points.setdefault(row["model"], []).append(WrittenLength(row["required"], row["words"], row["cut"]))
    limits = length_axis([point for each in points.values() for point in each])
    for model, of_model in points.items():
        spec = texts(of_model, page.marks[model], limits, "required", f"{len(of_model)} responses of {model}.")
        yield Drawing(f"{dataset}/words-{model}", spec)
