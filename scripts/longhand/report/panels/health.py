"""The health of texts: how many are cut off, looped, unclosed, in another language; how much they repeat."""

from __future__ import annotations

from markupsafe import Markup

from longhand.report.counts import Count
from longhand.report.page_tables import Page

COUNTED = ("cut", "looped", "unclosed", "other_language")


def panel(page: Page, dataset: str) -> Markup:
    """Empty where nothing was measured."""
    rows = page.summary("health", dataset=dataset)
    if all(row["repeated"] is None for row in rows):
        return Markup()
    lines = [row | {name: Count(row[name], row["texts"]) for name in COUNTED} for row in rows]
    return page.filled("health", lines=lines)
