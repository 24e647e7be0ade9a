"""How AgentWrite made its texts."""

from __future__ import annotations

from markupsafe import Markup

from longhand.report.page_tables import Page
from longhand.report.sections import sections_shown


def panel(page: Page, dataset: str) -> Markup:
    """Empty where no model of the dataset writes so."""
    scores = page.by_model(page.inputs.scores, dataset)
    planned = {
        model: each
        for model, each in page.by_model(page.inputs.traces, dataset).items()
        if model in scores and page.settings.models.get(model, {}).get("method") == "agentwrite"
    }
    shown = sections_shown(f"{page.key(dataset)}-agentwrite", planned, scores, page.marks)
    return page.filled("agentwrite", shown=shown) if shown else Markup()
