"""What judges say by criterion as it is shown: by category a table per judge, criteria down, models across."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
    """What one judge says of some criteria; `marks` are of its models."""

    judge: str
    marks: list[Mark]
    lines: list[CriterionLine]

    @property
    def weighted(self) -> bool:
        """Whether they do not all weigh the same."""
        return len({line.weight for line in self.lines}) > 1


@dataclass(frozen=True)
class CategoryCriteria:
    """The criteria of a category, None: of all prompts, by judge."""

    category: str | None
    tables: list[CriteriaTable]

    @property
    def prompts(self) -> int:
        return max(line.prompts for table in self.tables for line in table.lines)


def category_criteria(means: Sequence[Row], marks: Mapping[str, Mark]) -> list[CategoryCriteria]:
    """By category, from a dataset's rows of CRITERION_MEANS."""
    categories = []
    for category in dict.fromkeys(row["category"] for row in means):
        rows = [row for row in means if row["category"] == category]
        tables = [
            _table(judge, [row for row in rows if row["judge"] == judge], marks)
            for judge in dict.fromkeys(row["judge"] for row in rows)
        ]
        categories.append(CategoryCriteria(None if category is None else clipped(seen(category), LABEL), tables))
    return categories


def _table(judge: str, rows: Sequence[Row], marks: Mapping[str, Mark]) -> CriteriaTable:
    models = list(dict.fromkeys(row["model"] for row in rows))
    by_model = [[row for row in rows if row["model"] == model] for model in models]
    lines = [_line(of_criterion) for of_criterion in zip(*by_model, strict=True)]
    return CriteriaTable(judge, [marks[model] for model in models], lines)


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
