"""Required and written words: a figure per model, one point per response."""

from __future__ import annotations

from markupsafe import Markup

from longhand.report import figures
from longhand.report.page_tables import Page
from longhand.summary.inputs import read_lengths


def panel(page: Page, dataset: str) -> Markup:
    """Empty where no response has a required length."""
    scores = page.by_model(page.inputs.scores, dataset)
    lengths = {model: read_lengths(source.path) for model, source in scores.items()}
    sized = {model: each for model, each in lengths.items() if each.words.size}
    limits = figures.length_axis(list(sized.values()))
    panels = [
        figures.required_against_written(f"{page.key(dataset)}-words-{i}", page.marks[model], each, limits)
        for i, (model, each) in enumerate(sized.items())
    ]
    return page.filled("lengths", panels=panels) if panels else Markup()
