"""How often 95% intervals hold the true mean, by simulation of tables whose truth is known.

Prints three tables: coverage by shape of the scores and number of prompts; how often two equal models are called
different, and the best of eight is not among the leaders; what becomes of means that a few zeros make. Seeded.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from longhand.results.doubts import FEWEST_PROMPTS, ZEROS_DECIDE
from longhand.results.leads import leaders
from longhand.results.statistics import Spread, difference_spread, doubts, p_values, spread, t_ends

Numbers = NDArray[np.float64]
Shape = Callable[[Generator, tuple[int, int]], Numbers]
"""Prompt means of many tables: (tables, prompts), or (tables, 2, prompts) with S_L and S_Q."""

PROMPTS = (5, 8, 12, 26, 60, 120)
TABLES = 2000
TRUTH = 400_000  # prompts that a true mean is taken from
SEED = 20_261_122


# ---- prompt means by shape


def longbench(ratio: Numbers) -> Numbers:
    """LongBench-Write's S_L of written over required words."""
    return 100 * np.maximum(0, np.where(ratio > 1, 1 - (ratio - 1) / 3, 1 - (1 / ratio - 1) / 2))


def longen(ratio: Numbers) -> Numbers:
    """LonGen's length score of written over required words, where "about" that many are required."""
    return 100 * np.clip(np.minimum(2 * ratio / 0.8 - 1, 3 - 2 * ratio / 1.2), 0, 1)


def written(rule: Callable[[Numbers], Numbers], most: float, spread_by: float = 0.25) -> Shape:
    """Scores of a model that meets 200 to 10,000 words but stops near `most`."""

    def scores(random: Generator, size: tuple[int, int]) -> Numbers:
        required = np.exp(random.uniform(np.log(200), np.log(10_000), size))
        meant = required * np.exp(random.normal(-0.05, spread_by, size))
        return rule(np.minimum(meant, most * np.exp(random.normal(0, 0.3, size))) / required)

    return scores


def graded(random: Generator, size: tuple[int, ...], level: Numbers | float = 70.0, by: float = 13.0) -> Numbers:
    """S_Q: the mean of six grades of 1 to 5, on 0-100, around a level."""
    grades = level + random.normal(0, by, size)
    return np.clip(np.round(grades * 6 / 25), 0, 24) * 25 / 6


def quality(random: Generator, size: tuple[int, int]) -> Numbers:
    """S_Q of one sample, judged once."""
    return graded(random, size)


def sampled(random: Generator, size: tuple[int, int]) -> Numbers:
    """S_Q of prompts with three samples, each judged twice: the mean of six grades that are not independent."""
    prompts = random.normal(70, 11, (*size, 1, 1))
    samples = prompts + random.normal(0, 8, (*size, 3, 1))
    return graded(random, (*size, 3, 2), samples, 6).mean(axis=(-2, -1))


def with_zeros(share: float) -> Shape:
    """S_L of a good writer that fails wholly at times."""

    def scores(random: Generator, size: tuple[int, int]) -> Numbers:
        good = np.clip(random.normal(90, 5, size), 0, 100)
        return np.where(random.random(size) < share, 0, good)

    return scores


def both(lacking_length: float, lacking_quality: float) -> Shape:
    """S̄ of S_L and S_Q that go together a little, some of either missing."""

    def scores(random: Generator, size: tuple[int, int]) -> Numbers:
        length = written(longbench, 1500)(random, size)
        grades = graded(random, size, 63 + length / 10)
        gone = random.random(size)
        length = np.where(gone < lacking_length, np.nan, length)
        return np.stack([length, np.where(gone > 1 - lacking_quality, np.nan, grades)], axis=1)

    return scores


SHAPES: dict[str, Shape] = {
    "S_Q": quality,
    "S_Q, 3 samples judged twice": sampled,
    "S_L, stops near 1,500 words": written(longbench, 1500),
    "S_L, stops near 5,000 words": written(longbench, 5000),
    "LonGen, stops near 2,500 words": written(longen, 2500),
    "S̄, a tenth of the verdicts unread": both(0, 0.1),
    "S̄, S_L and S_Q of different prompts": both(0.5, 0.5),
    "S_L, good writer with 6% zeros": with_zeros(0.06),
}


# ---- what intervals and tests make of them


def rows_of(tables: Numbers) -> Numbers:
    return tables if tables.ndim == 3 else tables[:, None, :]


def spreads(tables: Numbers) -> Spread:
    rows = rows_of(tables)
    return spread(rows, (rows <= 0).any(axis=-2))


class Covered(NamedTuple):
    """Of many tables of one shape and size: whether the interval holds the truth, its doubt, zeros in the table."""

    holds: NDArray[np.bool_]
    doubt: NDArray[np.str_]
    zeros: NDArray[np.int64]


@functools.cache
def truth(shape: Shape) -> float:
    """The mean that tables of a shape are drawn around."""
    return float(np.nanmean(rows_of(shape(np.random.default_rng(SEED), (1, TRUTH))), axis=-1).mean())


@functools.cache
def covered(shape: Shape, prompts: int) -> Covered:
    """By Student's t at every number of prompts, those without an interval on any page among them."""
    random = np.random.default_rng([SEED, prompts])
    estimates = spreads(shape(random, (TABLES, prompts)))
    low, high = t_ends(estimates)
    return Covered((low <= truth(shape)) & (truth(shape) <= high), doubts(estimates), estimates.zeros)


def coverage(shape: Shape, prompts: int) -> float:
    """The share of tables whose interval holds the truth."""
    return float(covered(shape, prompts).holds.mean())


@functools.cache
def called_different(shape: Shape, prompts: int) -> float:
    """The share of tables in which two equal models differ for sure; where a page shows no interval, by p all the same.

    Half of each score is the prompt's, so that pairing has something to gain.
    """
    random = np.random.default_rng([SEED, prompts])
    common = shape(random, (TABLES, prompts))
    first, second = ((common + shape(random, (TABLES, prompts))) / 2 for _ in range(2))
    differences, *_ = difference_spread(rows_of(first), rows_of(second))
    return float((p_values(differences) < 0.05).mean())


@functools.cache
def left_out(ahead: float, models: int = 8, prompts: int = 26, tables: int = 150) -> tuple[float, float]:
    """Among models of which the first is so many points ahead of the others, which are equal.

    Returns:
        The share of tables in which the first is not among the leaders, and of the others that are not.
    """
    random = np.random.default_rng([SEED, prompts])
    best, others = 0, 0
    for _ in range(tables):
        level = 60 + random.normal(0, 10, prompts)
        scores = {str(model): graded(random, (prompts,), level + ahead * (model == 0)) for model in range(models)}
        leading = leaders(scores)
        best += not leading["0"]
        others += sum(not flag for name, flag in leading.items() if name != "0")
    return best / tables, others / tables / (models - 1)


# ---- the tables


def coverage_lines() -> Iterator[str]:
    yield f"coverage of 95% intervals, {TABLES:,} tables each; under {FEWEST_PROMPTS} prompts no page shows one"
    yield _line("prompts", [str(n) for n in PROMPTS])
    for name, shape in SHAPES.items():
        yield _line(name, [f"{coverage(shape, n):.1%}" for n in PROMPTS])


def difference_lines() -> Iterator[str]:
    yield "equal models that are called different at 5%"
    yield _line("prompts", [str(n) for n in PROMPTS])
    for name in list(SHAPES)[:6]:
        yield _line(name, [f"{called_different(SHAPES[name], n):.1%}" for n in PROMPTS])
    for ahead in (0, 3, 10):
        best, others = left_out(ahead)
        yield f"8 models, 26 prompts, one ahead by {ahead}: it is no leader in {best:.1%}, any other in {others:.1%}"


def zero_lines() -> Iterator[str]:
    yield "doubted since few zeros make the mean / shown, and wrong though zeros were seen / wrong, none was seen"
    yield _line("prompts", [str(n) for n in PROMPTS[1:]])
    shapes = {f"good writer with {share:.0%} zeros": with_zeros(share) for share in (0.03, 0.06, 0.1)}
    for name, shape in {**{name: SHAPES[name] for name in list(SHAPES)[2:5]}, **shapes}.items():
        cells = []
        for prompts in PROMPTS[1:]:
            of = covered(shape, prompts)
            doubted = of.doubt == ZEROS_DECIDE
            wrong = ~of.holds & ~doubted
            parts = (doubted, wrong & (of.zeros > 0), wrong & (of.zeros == 0))
            cells.append(" / ".join(f"{part.mean():.0%}" for part in parts))
        yield _line(name, cells)


def _line(name: str, cells: list[str]) -> str:
    return f"{name:38}" + "".join(f"{cell:>15}" for cell in cells)


def main() -> None:
    for table in (coverage_lines, difference_lines, zero_lines):
        print(*table(), "", sep="\n")


if __name__ == "__main__":
    main()
