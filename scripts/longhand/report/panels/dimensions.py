"""Quality by dimension: a table per judge."""

from __future__ import annotations

from markupsafe import Markup

from longhand.report.page_tables import Page


def panel(page: Page, dataset: str) -> Markup:
    """Empty where nothing was judged."""
    boards = page.boards[dataset]
    return page.filled("dimensions", boards=boards) if any(board.dimensions for board in boards) else Markup()
