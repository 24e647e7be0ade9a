"""How far a model reaches, as it is shown: written against required words, step by step of what is required."""

from __future__ import annotations

from dataclasses import dataclass

from longhand.report.marks import Mark
from longhand.report.page_tables import Page
from longhand.report.wording import in_order, integer, seen, spread
from longhand.tables.files import Row
from longhand.tables.summary_tables_datasets import CUT_OFF

LEAST_STEPS = 3
"""With fewer there is no course to see."""


@dataclass(frozen=True)
class Step:
    """A range of required words.

    Attributes:
        name: `5,000` where all its prompts require that, else the range.
        required: the median of what they require.
        uniform: whether they all require the same.
    """

    label: str
    required: float
    uniform: bool

    @property
    def name(self) -> str:
        return integer(self.required) if self.uniform else seen(self.label)


@dataclass(frozen=True)
class ReachLine:
    """A model's course.

    Attributes:
        longest: words of its longest response.
        cells: its row of REACH by step; None where it has no response.
        ends: the step where the course says no more of the model; None: nowhere in this range.
        limited: whether the token limit ended it there, not the model.
    """

    mark: Mark
    longest: int
    cells: list[Row | None]
    ends: Step | None
    limited: bool


@dataclass(frozen=True)
class Reach:
    """The steps, how many responses a model has at each (`8`, `7–8`), and a line per model."""

    steps: list[Step]
    sizes: list[str]
    lines: list[ReachLine]


def reach(page: Page, dataset: str) -> Reach | None:
    """The course of all models over the ranges of required words; None where these are fewer than three."""
    rows = page.summary("reach", dataset=dataset)
    steps = {row["range"]: Step(row["range"], row["required"], row["uniform"]) for row in rows}
    labels = sorted(steps, key=in_order)
    if len(labels) < LEAST_STEPS:
        return None
    by_model: dict[str, dict[str, Row]] = {}
    for row in rows:
        by_model.setdefault(row["model"], {})[row["range"]] = row
    lines = []
    for model, cells in by_model.items():
        end = next((row for row in cells.values() if row["ends"]), None)
        longest = max(row["longest"] for row in cells.values())
        of_steps = [cells.get(label) for label in labels]
        ends, limited = (steps[end["range"]], end["ends"] == CUT_OFF) if end else (None, False)
        lines.append(ReachLine(page.marks[model], longest, of_steps, ends, limited))
    sizes = [spread(cell["n"] for cell in cells if cell) for cells in zip(*(line.cells for line in lines), strict=True)]
    return Reach([steps[label] for label in labels], sizes, lines)
