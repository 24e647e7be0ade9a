"""Rewards of judges that look into contexts, and what they stand on."""

from __future__ import annotations

from markupsafe import Markup

from longhand.report.page_tables import Page
from longhand.report.rewards import rewards


def panel(page: Page, dataset: str) -> Markup:
    """Empty where no judge looks into contexts."""
    inputs = page.inputs
    verdicts, traces = (
        [t for t in tables if t.dataset == dataset] for tables in (inputs.judgements, inputs.judge_traces)
    )
    facts = {judge: path for (name, judge), path in inputs.facts.items() if name == dataset}
    prompts = page.prompts[dataset]
    texts = (inputs.prompts[dataset], prompts) if prompts else None
    shown = rewards(page.leaderboard(dataset), verdicts, traces, facts, texts, page.settings, page.marks)
    return page.filled("rewards", rewards=shown) if shown else Markup()
