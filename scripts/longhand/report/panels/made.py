"""Data that the run made: by Self-Lengthen, other datasets made here, data for fine-tuning."""

from __future__ import annotations

from markupsafe import Markup

from longhand.report.made import made_here
from longhand.report.page_tables import Page


def panel(page: Page) -> Markup:
    """Empty where no data are made."""
    shown = made_here(page)
    return page.filled("made", made=shown) if shown else Markup()
