"""Scores by kind of prompt: language, length constraint, category."""

from __future__ import annotations

from markupsafe import Markup

from longhand.report.page_tables import Page


def panel(page: Page, dataset: str) -> Markup:
    """Empty where all prompts are of one kind."""
    boards = page.boards[dataset]
    return page.filled("kinds", boards=boards) if any(board.slices for board in boards) else Markup()
