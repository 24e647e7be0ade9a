"""A few texts that were made in many calls, call by call."""

from __future__ import annotations

from markupsafe import Markup

from longhand.report.page_tables import Page
from longhand.report.readings import readings


def panel(page: Page, dataset: str) -> Markup:
    """Empty where no text was made so."""
    prompts, scores = page.prompts[dataset], page.by_model(page.inputs.scores, dataset)
    traces = {m: each for m, each in page.by_model(page.inputs.traces, dataset).items() if m in scores}
    shown = readings(prompts, traces, scores, page.marks) if prompts else []
    return page.filled("readings", readings=shown) if shown else Markup()
