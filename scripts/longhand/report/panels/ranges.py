"""Scores by required length: S_L and S_Q drawn over the ranges, and a table per judge."""

from __future__ import annotations

from markupsafe import Markup

from longhand.report import figures, wording
from longhand.report.board import METRIC_SYMBOLS, Board
from longhand.report.marks import Mark
from longhand.report.page_tables import Page


def panel(page: Page, dataset: str) -> Markup:
    """Empty where no prompt requires a length."""
    boards = page.boards[dataset]
    drawn = _range_figures(page.key(dataset), boards, page.marks, page.settings.missing)
    if not drawn and not any(board.ranges for board in boards):
        return Markup()
    return page.filled("ranges", figures=drawn, boards=boards, legend=page.legend(dataset))


def _range_figures(key: str, shown: list[Board], marks: dict[str, Mark], missing: str) -> list[tuple[str, Markup]]:
    """S_L and S_Q by range. S_L once where all judges' boards agree on it: they do not where rows are dropped."""
    drawn: list[tuple[str, Markup]] = []
    for metric in ("score_l", "score_q"):
        known: list[list[figures.Line]] = []
        for board in shown:
            if board.ranges is None or metric not in board.ranges.metrics:
                continue
            cells = {mark.name: row for mark, row in board.ranges.lines}
            lines = [figures.line(marks[model], [c[metric] for c in cells[model]]) for model in marks if model in cells]
            if lines in known or not any(line.points for line in lines):
                continue
            judged_by = f", judge {board.judge}" if board.judge and (metric == "score_q" or known) else ""
            if board.judge and missing in wording.PUBLISHED and (metric == "score_q" or missing == "drop"):
                judged_by += f", unread verdicts {wording.PUBLISHED[missing]}"
            known.append(lines)
            title = f"{METRIC_SYMBOLS[metric]} by required words{judged_by}"
            labels = [wording.range_name(label) for label, _ in board.ranges.labels]
            drawn.append((title, figures.by_range(f"{key}-{metric}-{len(drawn)}", title, labels, lines)))
    return drawn
