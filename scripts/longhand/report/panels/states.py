"""What became of the questions: rows by status, and the errors that came most often."""

from __future__ import annotations

from markupsafe import Markup

from longhand.report.page_tables import Page
from longhand.report.states import cut_prompts, finishes, reasons, states


def panel(page: Page, dataset: str) -> Markup:
    """Empty where no responses are known."""
    tallies, marks = page.tallies[dataset], page.marks
    tables = states(tallies, marks)
    if not tables:
        return Markup()
    return page.filled(
        "states",
        tables=tables,
        judged=any(board.judge for board in page.boards[dataset]),
        finishes=finishes(tallies, marks),
        cut_prompts=cut_prompts(tallies, marks),
        reasons=reasons(tallies, marks),
    )
