"""Further measures of a dataset's responses: a table per metric and judge, categories across."""

from __future__ import annotations

from markupsafe import Markup

from longhand.report.metrics import metric_tables
from longhand.report.page_tables import Page


def panel(page: Page, dataset: str) -> Markup:
    """Empty where the dataset has no metrics."""
    tables = metric_tables(page.summary("metric_means", dataset=dataset), page.marks)
    return page.filled("metrics", tables=tables) if tables else Markup()
