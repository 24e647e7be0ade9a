"""Models before and after training."""

from __future__ import annotations

from markupsafe import Markup

from longhand.report.comparisons import read_comparisons
from longhand.report.page_tables import Page


def panel(page: Page) -> Markup:
    """Empty where no model was trained."""
    comparisons = read_comparisons(page.inputs.comparison) if page.inputs.comparison else []
    return page.filled("training", comparisons=comparisons) if comparisons else Markup()
