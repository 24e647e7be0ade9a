"""S_L and S_Q over the ranges of required words."""

from __future__ import annotations

from collections.abc import Iterator

from longhand.charts.scores import Stage, stepwise
from longhand.report import wording
from longhand.report.board import Board
from longhand.report.drawings.drawing import Drawing
from longhand.report.page_tables import Page
from longhand.report.panels.ranges import RANGED, range_figure
from longhand.results.remarks import METRIC_SYMBOLS


def drawings(page: Page, dataset: str) -> Iterator[Drawing]:
    """A figure per judge and metric; S_L once where the boards agree on it: they do not where rows are dropped."""
    missing = page.settings.missing
    for metric in RANGED:
        known: list[set[Stage]] = []  # boards have the models in orders of their own
        for board in page.boards[dataset]:
            stages = list(_stages(board, metric))
            if not stages or set(stages) in known:
                continue
            judged_by = f", {page.whose(board.judge)}" if board.judge and (metric == "score_q" or known) else ""
            if board.judge and missing in wording.PUBLISHED and (metric == "score_q" or missing == "drop"):
                judged_by += f", unread verdicts {wording.PUBLISHED[missing]}"
            known.append(set(stages))
            title = f"{METRIC_SYMBOLS[metric]} by required words{judged_by}"
            order = list(dict.fromkeys(stage.at for stage in stages))
            beside = "The same values stand in the table below."
            spec = stepwise(stages, order, list(page.marks.values()), title, beside)
            yield Drawing(range_figure(dataset, metric, board.judge), spec)


def _stages(board: Board, metric: str) -> Iterator[Stage]:
    """By range, the ranges in order."""
    if board.ranges is None or metric not in board.ranges.metrics:
        return
    for i, label in enumerate(board.ranges.labels):
        for mark, cells in board.ranges.lines:
            score = cells[i][metric]
            if score.value is not None:
                name = wording.range_name(label.name)
                yield Stage(mark.name, name, score.value, score.low, score.high, score.prompts)
