"""The head of the page: what was run, what it cost and took, and what of it is made with the demo engine."""

from __future__ import annotations

from markupsafe import Markup

from longhand.report import origins, wording
from longhand.report.page_tables import Page


def panel(page: Page) -> Markup:
    """Title and a few sentences."""
    spent = page.summary("costs")
    sentences = (
        origins.costs(spent, page.summary("paid")),
        origins.durations(spent),
        origins.dates(page.summary("dates"), page.now),
    )
    return page.filled("overview", lede=_lede(page), facts=" ".join(filter(None, sentences)), demo=page.demo)


def _lede(page: Page) -> str:
    """One line on what was run."""
    if not page.datasets:
        return "Data that models wrote for training; nothing is evaluated."
    prompts = sum(each.n for each in page.prompts.values() if each)
    tallies = [each for of_dataset in page.tallies.values() for each in of_dataset]
    responses = sum(tally.statuses.total() for source, tally in tallies if source.judge is None)
    line = wording.counted(len(page.models), "model")
    line += f", {wording.counted(responses, 'response')}" if responses else ""
    line += f" to {wording.counted(prompts, 'prompt')}" if responses and prompts else ""
    line += f" of {wording.listed(page.datasets)}"
    if not page.judges:
        return line + "; lengths only, nothing was judged."
    judged = [name for name in page.datasets if any(board.judge for board in page.boards[name])]
    only = f"{wording.listed(judged)} " if 0 < len(judged) < len(page.datasets) else ""
    return line + f"; {only}judged by {wording.listed(page.judges)}."
