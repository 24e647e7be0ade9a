"""The leaderboard of a dataset: a table per judge."""

from __future__ import annotations

from markupsafe import Markup

from longhand.report import wording
from longhand.report.page_tables import Page
from longhand.results import remarks
from longhand.text.length import LENGTH_RULES


def panel(page: Page, dataset: str) -> Markup:
    """Says so where the leaderboard has no rows of the dataset."""
    boards, rule = page.boards[dataset], page.rule(dataset)
    judges = [board.judge for board in boards if board.judge is not None and board.judge not in page.settings.panels]
    methods = {name: page.method(dataset, name) for name in judges}
    return page.filled(
        "leaderboard",
        boards=boards,
        scoring=wording.scoring(rule, page.settings.missing, methods, page.sized(dataset)),
        remarks=remarks,
        certified={board.judge: _certified(page, dataset, board.judge) for board in boards},
        counter=LENGTH_RULES[rule].counter.title if rule in LENGTH_RULES else rule,
    )


def _certified(page: Page, dataset: str, judge: str | None) -> str | None:
    """Whether the judge of a board is certified, in words; None where nothing is certified in the run."""
    return remarks.certified_note(row for row in page.leaderboard(dataset) if row["judge"] == judge)
