"""What judges say by criterion as it is shown: a table per judge and category, criteria down, models across."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from longhand.report.board import LABEL, Score
from longhand.report.marks import Mark
from longhand.report.wording import clipped, seen
from longhand.tables.files import Row


@dataclass(frozen=True)
class CriterionLine:
    """A criterion.

    Attributes:
        name: its name, else how its description begins; `description` beside a name.
        weight: None where its prompts have several.
        prompts: that have it.
        cells: a model's mean, and its verdicts without a readable score.
    """

    name: str
    description: str | None
    weight: float | None
    prompts: int
    cells: list[tuple[Score, int]]


@dataclass(frozen=True)
class CriteriaTable:
    """The criteria of a category, None: of all prompts; `weighted`: they do not all weigh the same."""

    category: str | None
    lines: list[CriterionLine]

    @property
    def weighted(self) -> bool:
        return len({line.weight for line in self.lines}) > 1


@dataclass(frozen=True)
class JudgedCriteria:
    """What one judge says of a dataset.

    Attributes:
        marks: of the models, in the order of the cells.
        read: by mark, its row of CRITERIA_READ.
        criteria: different ones of the dataset; `shown`: those in tables.
    """

    judge: str
    marks: list[Mark]
    read: list[tuple[Mark, Row]]
    tables: list[CriteriaTable]
    criteria: int
    shown: int


def judged_criteria(read: Sequence[Row], means: Sequence[Row], marks: Mapping[str, Mark]) -> list[JudgedCriteria]:
    """By judge, from a dataset's rows of CRITERIA_READ and CRITERION_MEANS."""
    shown = []
    for judge in dict.fromkeys(row["judge"] for row in read):
        of_judge = [row for row in read if row["judge"] == judge]
        models = [row["model"] for row in of_judge]
        by_model = [[row for row in means if (row["judge"], row["model"]) == (judge, model)] for model in models]
        lines = [_line(rows) for rows in zip(*by_model, strict=True)]
        categories = [row["category"] for row in by_model[0]]
        tables = [
            CriteriaTable(None if category is None else clipped(seen(category), LABEL), [line for _, line in group])
            for category, group in groupby(zip(categories, lines, strict=True), itemgetter(0))
        ]
        first = of_judge[0]
        named = [(marks[row["model"]], row) for row in of_judge]
        shown.append(
            JudgedCriteria(judge, [mark for mark, _ in named], named, tables, first["criteria"], first["shown"])
        )
    return shown


def _line(rows: Sequence[Row]) -> CriterionLine:
    """A criterion from its rows of all models."""
    first = rows[0]
    name, description = first["name"], first["description"]
    cells = [
        (Score(row["mean"], row["low"], row["high"], prompts=row["n_prompts"], doubt=row["doubt"]), row["unread"])
        for row in rows
    ]
    shown = clipped(seen(description)) if name is None else clipped(seen(name), LABEL)
    beside = None if name is None or description is None else clipped(seen(description))
    return CriterionLine(shown, beside, first["weight"], first["prompts"], cells)
