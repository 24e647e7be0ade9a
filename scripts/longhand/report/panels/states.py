"""What became of the questions: rows by status, and the errors that came most often."""

from __future__ import annotations

from markupsafe import Markup

from longhand.report.page_tables import Page
from longhand.report.states import finishes, states


def panel(page: Page, dataset: str) -> Markup:
    """Empty where no responses are known."""
    answers, by_state = (page.summary(name, dataset=dataset) for name in ("answers", "answer_states"))
    tables = states(answers, by_state, page.marks)
    if not tables:
        return Markup()
    return page.filled(
        "states",
        tables=tables,
        judged=any(board.judge for board in page.boards[dataset]),
        finishes=finishes(answers, by_state, page.marks),
        cut_prompts=[row for row in answers if row["n_cut"]],
        errors=sorted(page.summary("answer_errors", dataset=dataset), key=lambda row: -row["n"]),
    )
