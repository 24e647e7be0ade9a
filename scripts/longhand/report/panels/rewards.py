"""Rewards of judges that look into contexts, and what they stand on."""

from __future__ import annotations

from markupsafe import Markup

from longhand.report.page_tables import Page
from longhand.report.rewards import rewards


def panel(page: Page, dataset: str) -> Markup:
    """Empty where no judge looks into contexts."""
    shown = rewards(page, dataset)
    return page.filled("rewards", rewards=shown) if shown else Markup()
