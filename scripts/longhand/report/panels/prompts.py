"""What a dataset is: its description, its prompts by language, the words that they require."""

from __future__ import annotations

from markupsafe import Markup

from longhand.report.page_tables import Page
from longhand.report.wording import without_score
from longhand.tables.files import Row


def panel(page: Page, dataset: str) -> Markup:
    """Two lines below the heading; what is not known is left out."""
    description = page.settings.datasets.get(dataset, {}).get("description")
    counts = page.prompts.get(dataset)
    return page.filled("prompts", description=description, prompts=counts, without=_without(counts) if counts else [])


def _without(counts: Row) -> list[str]:
    """On prompts without S_L; nothing where no prompt requires a length: then there is none at all."""
    sized = counts["n"] > counts["without_length"]
    return without_score(counts["n"], counts["without_length"], counts["without_rule"]) if sized else []
