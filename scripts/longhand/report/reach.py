"""How far a model reaches: written against required words, step by step of what is required."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc

from longhand.report.marks import Mark
from longhand.report.wording import in_order, integer, seen, spread
from longhand.summary.inputs import Source, read_scored

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
        return integer(self.required) if self.uniform else seen(self.label)


@dataclass(frozen=True)
class Cell:
    """A model at one step: `n` responses, words of the median one and of the middle 80%, `cut` by the token limit."""

    n: int
    words: float
    low: float
    high: float
    cut: int
    share: float

    @property
    def limited(self) -> bool:
        """Whether the token limit cut off half of the responses or more."""
        return 2 * self.cut >= self.n


@dataclass(frozen=True)
class ReachLine:
    """A model's course.

    Attributes:
        longest: words of its longest response.
        cells: by step; None where it has no response.
        ends: where the course says no more of the model: the step from which on the median response has under half of
            the required words, or the first one where half of the responses or more were cut off, whichever comes
            first; None: neither in this range.
        limited: whether it is the latter (also where they are the same step): the token limit ended it, not the model.
    """

    mark: Mark
    longest: int
    cells: list[Cell | None]
    ends: Step | None
    limited: bool


@dataclass(frozen=True)
class Reach:
    """The steps, how many responses a model has at each (`8`, `7–8`), and a line per model."""

    steps: list[Step]
    sizes: list[str]
    lines: list[ReachLine]


def reach(scores: dict[str, Source], marks: dict[str, Mark]) -> Reach | None:
    """The course of all models over the ranges of required words; None where these are fewer than three.

    What failed is no response; one without words is, of 0 words.
    """
    steps: dict[str, Step] = {}
    courses = {model: _course(source, steps) for model, source in scores.items()}
    labels = sorted({label for _, cells in courses.values() for label in cells}, key=in_order)
    if len(labels) < LEAST_STEPS:
        return None
    order = [steps[label] for label in labels]
    lines = [
        _line(marks[model], longest, order, [cells.get(label) for label in labels])
        for model, (longest, cells) in courses.items()
        if cells
    ]
    sizes = [spread(cell.n for cell in cells if cell) for cells in zip(*(line.cells for line in lines), strict=True)]
    return Reach(order, sizes, lines)


def _course(source: Source, steps: dict[str, Step]) -> tuple[int, dict[str, Cell]]:
    """A model's longest response and its cells by range; ranges that are new are added to `steps`.

    A table holds every prompt, failed or not, so that the first one says what each range requires.
    """
    table = read_scored(source.path, ["status", "range", "required", "words"])
    table = table.filter(pc.is_valid(table["range"]))
    ranges = table["range"].combine_chunks().dictionary_encode()
    at, required, words = ranges.indices.to_numpy(), table["required"].to_numpy(), table["words"].to_numpy()
    answer = pc.not_equal(table["status"], "failed").to_numpy()
    cut = pc.equal(table["status"], "truncated").to_numpy()
    cells = {}
    for i, label in enumerate(ranges.dictionary.to_pylist()):
        lengths = required[at == i]
        step = steps.setdefault(label, Step(label, float(np.median(lengths)), len(np.unique(lengths)) == 1))
        in_step = (at == i) & answer
        if in_step.any():
            low, middle, high = (float(x) for x in np.quantile(words[in_step], (0.1, 0.5, 0.9)))
            share = middle / step.required
            cells[label] = Cell(int(in_step.sum()), middle, low, high, int(cut[in_step].sum()), share)
    return int(words[answer].max(initial=0)), cells


def _line(mark: Mark, longest: int, steps: list[Step], cells: list[Cell | None]) -> ReachLine:
    known = [(step, cell) for step, cell in zip(steps, cells, strict=True) if cell is not None]
    kept = [i for i, (_, cell) in enumerate(known) if cell.share >= SHORT]
    gives_up = kept[-1] + 1 if kept else 0
    cut_off = next((i for i, (_, cell) in enumerate(known) if cell.limited), len(known))
    end = min(gives_up, cut_off)
    limited = end == cut_off < len(known)
    return ReachLine(mark, longest, cells, known[end][0] if end < len(known) else None, limited)
