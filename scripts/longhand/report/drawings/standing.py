"""The picture that the page begins with: all models of a dataset with their means and intervals."""

from __future__ import annotations

from collections.abc import Iterator

from longhand.charts.scores import Mean, standing
from longhand.report.board import METRIC_SYMBOLS, Board
from longhand.report.drawings.drawing import Drawing
from longhand.report.page_tables import Page

MOST = 15
"""Models that stand in it: the best ones. All stand in the table."""


def drawings(page: Page, dataset: str) -> Iterator[Drawing]:
    """One, with a row for each judge; none where nothing is scored."""
    boards = page.boards[dataset]
    means = [mean for board in boards for mean in _means(board)]
    if not means:
        return
    order = list(dict.fromkeys(line.mark for board in boards for line in board.lines))[:MOST]
    shown = {mark.name for mark in order}
    judged = [board.judge for board in boards if board.judge is not None]
    title = f"{dataset}, judged by {judged[0]}" if len(boards) == len(judged) == 1 else dataset
    description = "Mean scores of the models with 95% intervals. The same values stand in the leaderboard."
    spec = standing([mean for mean in means if mean.model in shown], order, title, description)
    yield Drawing(f"{dataset}/standing", spec)


def _means(board: Board) -> Iterator[Mean]:
    judge = f"judge {board.judge}" if board.judge is not None else "not judged"
    for line in board.lines:
        for metric, score in line.scores.items():
            if score.value is not None:
                symbol = METRIC_SYMBOLS[metric]
                leads = score.leads
                yield Mean(line.mark.name, symbol, judge, score.value, score.low, score.high, leads, score.prompts)
