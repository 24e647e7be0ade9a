"""Totals that benchmarks publish over several datasets: a table per total and judge."""

from __future__ import annotations

from markupsafe import Markup

from longhand.report.page_tables import Page
from longhand.results.total_words import by_total, why_no_total


def panel(page: Page) -> Markup:
    """Empty where no datasets make a total."""
    tables = by_total(page.totals)
    return page.filled("totals", tables=tables, why_no_total=why_no_total) if tables else Markup()
