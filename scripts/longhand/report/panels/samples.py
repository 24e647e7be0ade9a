"""A few prompts with the opening of each model's response."""

from __future__ import annotations

from markupsafe import Markup

from longhand.report.page_tables import Page
from longhand.report.samples import samples


def panel(page: Page, dataset: str) -> Markup:
    """Empty where no model answered."""
    shown = samples(page, dataset)
    return page.filled("samples", samples=shown) if shown else Markup()
