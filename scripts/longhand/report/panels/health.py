"""The health of texts: how many are cut off, looped, unclosed, in another language; how much they repeat."""

from __future__ import annotations

from markupsafe import Markup

from longhand.report.health_counts import health_counts
from longhand.report.page_tables import Page


def panel(page: Page, dataset: str) -> Markup:
    """Empty where nothing was measured."""
    lines = health_counts(page.by_model(page.inputs.scores, dataset), page.marks)
    return page.filled("health", lines=lines) if lines else Markup()
