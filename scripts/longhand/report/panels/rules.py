"""The length rules side by side: how each scores the same responses, and in which order that puts the models."""

from __future__ import annotations

from markupsafe import Markup

from longhand.report.page_tables import Page
from longhand.report.rules import side_by_side


def panel(page: Page, dataset: str) -> Markup:
    """Empty where no other rule applies."""
    scores = page.by_model(page.inputs.scores, dataset)
    shown = side_by_side(f"{page.key(dataset)}-rules", page.rule(dataset), scores, page.marks)
    return page.filled("rules", rules=shown, legend=page.legend(dataset)) if shown else Markup()
