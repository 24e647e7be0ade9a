"""A few prompts with the opening of each model's response."""

from __future__ import annotations

from markupsafe import Markup

from longhand.report.page_tables import Page
from longhand.report.samples import read_samples


def panel(page: Page, dataset: str) -> Markup:
    """Empty where no prompts are known."""
    prompts = page.prompts[dataset]
    if not prompts:
        return Markup()
    responses, scores = (page.by_model(tables, dataset) for tables in (page.inputs.responses, page.inputs.scores))
    shown = read_samples(prompts, responses, scores, page.marks, page.judges)
    return page.filled("samples", samples=shown) if shown else Markup()
