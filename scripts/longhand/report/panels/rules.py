"""The length rules side by side: how each scores the same responses, and in which order that puts the models."""

from __future__ import annotations

from markupsafe import Markup

from longhand.report.page_tables import Page
from longhand.report.rules import side_by_side


def panel(page: Page, dataset: str) -> Markup:
    """Empty where no other rule applies."""
    shown = side_by_side(page, dataset)
    return page.filled("rules", rules=shown, figure=page.figure(f"{dataset}/rules")) if shown else Markup()
