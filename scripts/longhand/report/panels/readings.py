"""A few texts that were made in many calls, call by call."""

from __future__ import annotations

from markupsafe import Markup

from longhand.report.page_tables import Page
from longhand.report.readings import readings


def panel(page: Page, dataset: str) -> Markup:
    """Empty where no text was made so."""
    shown = readings(page, dataset, [page.marks[model] for model in page.models])
    return page.filled("readings", readings=shown) if shown else Markup()
