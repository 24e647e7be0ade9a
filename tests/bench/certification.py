"""How often the 95% interval of a judge's accuracy holds the true one, on made labels and judges.

Prints a line per judge and number of pairs: in how many of 200 seeded tables the interval holds the accuracy, and in
how many percent of 2,000. The judges' accuracy, ties, noise and taste for long texts are known. Seeded.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from longhand.results.certification import accuracy_interval

CASES, MANY = 200, 2000
NUMBERS = (30, 100, 600)
TRUTH = 4_000_000  # pairs that the accuracy of a noisy judge is taken from
SEED = 20_261_122
ALIKE = 0.2  # correlation of the verdicts on two pairs of one prompt

Verdicts = tuple[NDArray[np.float64], NDArray[np.int64]]
"""1, 0.5 or 0 per pair, and the prompt of each."""
Judge = Callable[[Generator, int], Verdicts]
"""Makes so many pairs, and what a judge says of them."""


def prompts_of(random: Generator, pairs: int, most: int) -> NDArray[np.int64]:
    """The prompt of each pair: prompts have 1 to `most` pairs."""
    sizes = random.integers(1, most + 1, pairs)
    return np.repeat(np.arange(pairs), sizes)[:pairs]


def right_at(accuracy: float, ties: float = 0.0, most: int = 1) -> Judge:
    """A judge that is right so often, ties counting half.

    Args:
        accuracy: of all pairs.
        ties: share of pairs whose texts get one score; fewer where the accuracy allows no more.
        most: pairs of a prompt. With several, some prompts are harder than others.
    """
    tied = min(ties, 1.2 * (1 - accuracy))
    else_right = (accuracy - tied / 2) / (1 - tied)

    def judge(random: Generator, number: int) -> Verdicts:
        prompts, spread = prompts_of(random, number, most), (1 - ALIKE) / ALIKE
        levels = random.beta(else_right * spread, (1 - else_right) * spread, number)[prompts]
        right = random.random(number) < (levels if most > 1 else else_right)
        return np.where(random.random(number) < tied, 0.5, right.astype(float)), prompts

    return judge


def noisy(noise: float, taste: float) -> Judge:
    """A judge that sees quality with noise, likes long texts, and gives whole grades of 1 to 10.

    Prompts have up to three pairs, and people prefer the better text.

    Args:
        noise: standard deviation of a grade's error, that of quality being 2.
        taste: grades for each doubling of the words.
    """

    def judge(random: Generator, number: int) -> Verdicts:
        quality = np.sort(5.5 + random.normal(0, 2, (number, 2)))[:, ::-1]
        doublings = random.normal(0, 0.7, (number, 2))  # of words, around the usual
        grades = np.clip(np.round(quality + taste * doublings + random.normal(0, noise, (number, 2))), 1, 10)
        return (1 + np.sign(grades[:, 0] - grades[:, 1])) / 2, prompts_of(random, number, 3)

    return judge


ACCURACIES = (0.6, 0.8, 0.95)
JUDGES: dict[str, tuple[Judge, float | None]] = (
    {f"right in {a:.0%}": (right_at(a), a) for a in ACCURACIES}
    | {f"right in {a:.0%}, 20% ties": (right_at(a, 0.2), a) for a in ACCURACIES}
    | {f"right in {a:.0%}, 1 to 5 pairs a prompt": (right_at(a, most=5), a) for a in ACCURACIES}
    | {f"right in {a:.0%}, 10% ties, 1 to 3 pairs": (right_at(a, 0.1, 3), a) for a in ACCURACIES}
    | {"whole grades, noise 2": (noisy(2, 0), None), "noise 1, 2 grades a doubling": (noisy(1, 2), None)}
)
"""Judges, and how often they are right; None: it is taken from a large table."""


@functools.cache
def accuracy(name: str) -> float:
    """How often a judge is right."""
    judge, known = JUDGES[name]
    return known or float(judge(np.random.default_rng(SEED), TRUTH)[0].mean())


@functools.cache
def held(name: str, pairs: int, tables: int = CASES) -> int:
    """In how many tables of so many pairs the interval holds the judge's accuracy; those have one, with 8 prompts."""
    random = np.random.default_rng([SEED, pairs])
    drawn = (JUDGES[name][0](random, pairs) for _ in itertools.count())
    estimates = (accuracy_interval(*table) for table in drawn)
    with_interval = itertools.islice((each for each in estimates if each.doubt is None), tables)
    return sum(each.low <= accuracy(name) <= each.high for each in with_interval)


def lines(tables: int = CASES) -> Iterator[str]:
    """A line per judge."""
    yield f"95% intervals of a judge's accuracy that hold it, of {tables:,}"
    yield f"{'pairs':44}" + "".join(f"{number:>10}" for number in NUMBERS)
    for name in JUDGES:
        yield f"{name:44}" + "".join(f"{held(name, number, tables):>10}" for number in NUMBERS)


if __name__ == "__main__":
    print(*lines(), "", *lines(MANY), sep="\n")
