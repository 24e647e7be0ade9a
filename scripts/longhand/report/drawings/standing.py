"""The pictures that the page begins with: all models of a dataset, or of all, with their means and intervals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from longhand.charts.scores import Mean, standing
from longhand.report.board import Board
from longhand.report.drawings.drawing import Drawing
from longhand.report.marks import Mark
from longhand.report.page_tables import Page
from longhand.report.panels.overview import OVERVIEW
from longhand.results.remarks import METRIC_SYMBOLS

FEW = 6
"""Models of which all means are shown."""

MOST = 15
"""Models that stand in it: the best ones. All stand in the table."""

DESCRIPTION = "Mean scores of the models with 95% intervals. The same values stand in the leaderboard."


def drawings(page: Page, dataset: str) -> Iterator[Drawing]:
    """One, with a column for each judge; none where nothing is scored. Of many models it shows the first mean alone."""
    boards = page.boards[dataset]
    metrics = 1 if any(len(board.lines) > FEW for board in boards) else None
    means = [
        mean
        for board in boards
        for metric in board.metrics[:metrics]
        for mean in _means(board, page.whose(board.judge), metric, METRIC_SYMBOLS[metric])
    ]
    judged = [board.judge for board in boards if board.judge is not None]
    title = f"{dataset}, judged by {judged[0]}" if len(boards) == len(judged) == 1 else dataset
    yield from _drawn(f"{dataset}/standing", means, boards, title)


def overview(page: Page) -> Iterator[Drawing]:
    """Of several datasets one, with a column for each and its first mean: S̄, or what there is."""
    if len(page.datasets) > 1:
        boards = {dataset: page.boards[dataset] for dataset in page.datasets}
        means = [
            mean
            for dataset, of_dataset in boards.items()
            for board in of_dataset
            for metric in board.metrics[:1]
            for mean in _means(board, page.whose(board.judge), metric, dataset)
        ]
        yield from _drawn(OVERVIEW, means, [board for each in boards.values() for board in each], "All datasets")


def _drawn(name: str, means: Sequence[Mean], boards: Sequence[Board], title: str) -> Iterator[Drawing]:
    order: list[Mark] = list(dict.fromkeys(line.mark for board in boards for line in board.lines))[:MOST]
    shown = [mean for mean in means if any(mean.model == mark.name for mark in order)]
    if shown:
        yield Drawing(name, standing(shown, order, title, DESCRIPTION))


def _means(board: Board, judge: str, metric: str, group: str) -> Iterator[Mean]:
    for line in board.lines:
        score = line.scores[metric]
        if score.value is not None:
            numbers = (score.value, score.low, score.high, score.leads, score.prompts)
            yield Mean(line.mark.name, group, judge, *numbers)
