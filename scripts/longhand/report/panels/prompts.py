"""What a dataset is: its description, its prompts by language, the words that they require."""

from __future__ import annotations

from markupsafe import Markup

from longhand.report.page_tables import Page


def panel(page: Page, dataset: str) -> Markup:
    """Two lines below the heading; what is not known is left out."""
    description = page.settings.datasets.get(dataset, {}).get("description")
    return page.filled("prompts", description=description, prompts=page.prompts[dataset])
