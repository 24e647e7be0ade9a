"""Totals that benchmarks publish over several datasets: a table per total and judge."""

from __future__ import annotations

from markupsafe import Markup

from longhand.report.page_tables import Page
from longhand.results.total_words import by_total, uncertified_total, what_total_lacks


def panel(page: Page) -> Markup:
    """Empty where no datasets make a total."""
    tables = by_total(page.totals)
    leaderboard = [row for dataset in page.datasets for row in page.leaderboard(dataset)]
    notes = dict.fromkeys(uncertified_total(rows, leaderboard) for rows in tables.values())
    return (
        page.filled("totals", tables=tables, uncertified=notes, what_total_lacks=what_total_lacks)
        if tables
        else Markup()
    )
