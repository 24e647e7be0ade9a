"""Required and written words: a figure per model, one point per response."""

from __future__ import annotations

from markupsafe import Markup

from longhand.report.page_tables import Page


def panel(page: Page, dataset: str) -> Markup:
    """Empty where no response has a required length."""
    panels = [
        (page.marks[row["model"]], row, page.figure(f"{dataset}/words-{row['model']}"))
        for row in page.summary("length_counts", dataset=dataset)
    ]
    return page.filled("lengths", panels=panels) if panels else Markup()
