"""Scores by required length: S_L and S_Q drawn over the ranges, and a table per judge."""

from __future__ import annotations

from markupsafe import Markup

from longhand.report.page_tables import Page

RANGED = ("score_l", "score_q")


def range_figure(dataset: str, metric: str, judge: str | None) -> str:
    """The name of the figure of a metric; S_L is drawn for the first judge with these values alone."""
    return f"{dataset}/{metric}" if judge is None else f"{dataset}/{metric}-{judge}"


def panel(page: Page, dataset: str) -> Markup:
    """Empty where no prompt requires a length."""
    boards = [board for board in page.boards[dataset] if board.ranges]
    names = [range_figure(dataset, metric, board.judge) for metric in RANGED for board in boards]
    figures = [figure for name in names if (figure := page.figure(name))]
    return page.filled("ranges", figures=figures, boards=boards) if boards else Markup()
