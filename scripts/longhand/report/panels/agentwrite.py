"""How AgentWrite made its texts."""

from __future__ import annotations

from markupsafe import Markup

from longhand.report.page_tables import Page
from longhand.report.sections import sections_shown


def panel(page: Page, dataset: str) -> Markup:
    """Empty where no model of the dataset writes so."""
    shown = sections_shown(page, f"{dataset}/places", dataset, page.models, together=dataset)
    return page.filled("agentwrite", shown=shown, dataset=dataset) if shown else Markup()
