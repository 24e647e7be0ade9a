"""How far a model reaches: written against required words, step by step of what is required."""

from __future__ import annotations

from markupsafe import Markup

from longhand.report.page_tables import Page
from longhand.report.reach import reach


def panel(page: Page, dataset: str) -> Markup:
    """Empty where there are too few steps to see a course."""
    shown = reach(page, dataset)
    return page.filled("reach", reach=shown, figure=page.figure(f"{dataset}/reach")) if shown else Markup()
