"""Quality by criterion, where judges grade by the criteria of each prompt: those that recur, never one column each."""

from __future__ import annotations

from markupsafe import Markup

from longhand.report.criteria import category_criteria
from longhand.report.page_tables import Page


def panel(page: Page, dataset: str) -> Markup:
    """Empty where no judge grades by criteria."""
    counts, means = (page.summary(name, dataset=dataset) for name in ("criteria_read", "criterion_means"))
    return page.filled("criteria", read=counts, categories=category_criteria(means, page.marks)) if counts else Markup()
