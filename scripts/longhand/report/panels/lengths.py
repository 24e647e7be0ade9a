"""Required and written words: a figure per model, one point per response."""

from __future__ import annotations

from markupsafe import Markup

from longhand.report.page_tables import Page
from longhand.summary.inputs import read_lengths


def panel(page: Page, dataset: str) -> Markup:
    """Empty where no response has a required length."""
    scores = page.by_model(page.inputs.scores, dataset)
    counts = {model: read_lengths(source.path).counts() for model, source in scores.items()}
    panels = [
        (page.marks[model], of_model, page.figure(f"{dataset}/words-{model}"))
        for model, of_model in counts.items()
        if of_model["n"]
    ]
    return page.filled("lengths", panels=panels) if panels else Markup()
