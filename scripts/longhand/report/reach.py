"""How far a model reaches: written against required words, step by step of what is required."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow.compute as pc
from markupsafe import Markup

from longhand.report import figures
from longhand.report.inputs import Source, read_scored
from longhand.report.marks import Mark
from longhand.report.wording import count, in_order, seen, spread

LEAST_STEPS = 3
"""With fewer there is no course to see."""

SHORT = 0.5
"""Under this share of what is required, a model has given up."""


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
        return count(self.required) if self.uniform else seen(self.label)


@dataclass(frozen=True)
class Cell:
    """A model at one step: `n` responses, words of the median one and of the middle 80%, `cut` by the token limit."""

    n: int
    words: float
    low: float
    high: float
    cut: int
    share: float


@dataclass(frozen=True)
class Line:
    """A model's course.

    Attributes:
        longest: words of its longest response.
        cells: by step; None where it has no response.
        ends: the step from which on the median response has under half of the required words; None: not in this range.
        limited: whether half of the responses there, or more, were cut off by the token limit.
    """

    mark: Mark
    longest: int
    cells: list[Cell | None]
    ends: Step | None
    limited: bool


@dataclass(frozen=True)
class Reach:
    """The steps, how many responses a model has at each (`8`, `7–8`), a line per model, and the courses drawn."""

    steps: list[Step]
    sizes: list[str]
    lines: list[Line]
    figure: Markup


def reach(key: str, scores: dict[str, Source], marks: dict[str, Mark]) -> Reach | None:
    """The course of all models over the ranges of required words; None where these are fewer than three.

    What failed is no response; one without words is, of 0 words.
    """
    tables = {model: _read(source) for model, source in scores.items()}
    # A table holds every prompt, failed or not: what is required does not depend on who answered.
    required: dict[str, np.ndarray[Any, Any]] = {}
    for table in tables.values():
        for label in np.unique(table["range"]):
            required.setdefault(label, table["required"][table["range"] == label])
    known = [label for label in required if any(_here(table, label).any() for table in tables.values())]
    if len(known) < LEAST_STEPS:
        return None
    labels = sorted(known, key=in_order)
    steps = [Step(x, float(np.median(required[x])), len(np.unique(required[x])) == 1) for x in labels]
    lines = [_line(marks[model], table, steps) for model, table in tables.items() if table["answer"].any()]
    courses = [figures.Course(line.mark, _points(line, steps)) for line in lines]
    sizes = [spread(cell.n for cell in cells if cell) for cells in zip(*(line.cells for line in lines), strict=True)]
    return Reach(steps, sizes, lines, figures.reach(key, courses))


def _read(source: Source) -> dict[str, np.ndarray[Any, Any]]:
    """Columns by name, of the rows with a range; `answer`: whether the row is a response."""
    table = read_scored(source.path, ["status", "range", "required", "words"])
    table = table.filter(pc.is_valid(table["range"]))
    return {
        "range": table["range"].to_numpy(),
        "required": table["required"].to_numpy(),
        "words": table["words"].to_numpy(),
        "answer": pc.not_equal(table["status"], "failed").to_numpy(),
        "cut": pc.equal(table["status"], "truncated").to_numpy(),
    }


def _here(table: dict[str, np.ndarray[Any, Any]], label: str) -> np.ndarray[Any, np.dtype[np.bool_]]:
    here: np.ndarray[Any, np.dtype[np.bool_]] = (table["range"] == label) & table["answer"]
    return here


def _line(mark: Mark, table: dict[str, np.ndarray[Any, Any]], steps: list[Step]) -> Line:
    cells = [_cell(table, step) for step in steps]
    ends = None
    for step, cell in zip(reversed(steps), reversed(cells), strict=True):
        if cell is not None and cell.share >= SHORT:
            break
        if cell is not None:
            ends = step, cell
    return Line(
        mark=mark,
        longest=int(table["words"][table["answer"]].max()),
        cells=cells,
        ends=ends and ends[0],
        limited=bool(ends and 2 * ends[1].cut >= ends[1].n),
    )


def _points(line: Line, steps: list[Step]) -> list[figures.Point]:
    pairs = zip(steps, line.cells, strict=True)
    return [figures.Point(s.required, c.words, c.low, c.high, 2 * c.cut >= c.n) for s, c in pairs if c is not None]


def _cell(table: dict[str, np.ndarray[Any, Any]], step: Step) -> Cell | None:
    here = _here(table, step.label)
    if not here.any():
        return None
    words = table["words"][here]
    low, middle, high = (float(x) for x in np.quantile(words, (0.1, 0.5, 0.9)))
    return Cell(len(words), middle, low, high, int(table["cut"][here].sum()), middle / step.required)
