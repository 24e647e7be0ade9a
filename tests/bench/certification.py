"""How often the 95% interval of a judge's accuracy holds the true one, on made labels and judges.

Prints a line per judge and number of pairs: in how many of 200 seeded tables the interval holds the accuracy, and in
how many percent of 2,000. The judges' accuracy, ties, noise and taste for long texts are known. Then how many of these
judges are certified where the longer text is right as often as they are. Seeded.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from longhand.results.certification import accuracy_interval, gain_interval
from longhand.results.certified import reason_of

CASES, MANY = 200, 2000
NUMBERS = (30, 100, 600)
TRUTH = 4_000_000  # pairs that the accuracy of a noisy judge is taken from
SEED = 20_261_122
ALIKE = 0.2  # correlation of the verdicts on two pairs of one prompt

Verdicts = NDArray[np.float64]
"""1, 0.5 or 0 per pair."""
Prompts = NDArray[np.int64]
"""The prompt of each pair."""


class Judge(NamedTuple):
    """What a judge says of made pairs, by their prompts, of which each has up to `most` pairs."""

    most: int
    verdicts: Callable[[Generator, Prompts], Verdicts]


def prompts_of(random: Generator, pairs: int, most: int) -> Prompts:
    """Prompts have 1 to `most` pairs."""
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

    def verdicts(random: Generator, prompts: Prompts) -> Verdicts:
        number, spread = len(prompts), (1 - ALIKE) / ALIKE
        levels = random.beta(else_right * spread, (1 - else_right) * spread, number)[prompts]
        right = random.random(number) < (levels if most > 1 else else_right)
        return np.where(random.random(number) < tied, 0.5, right.astype(float))

    return Judge(most, verdicts)


def noisy(noise: float, taste: float) -> Judge:
    """A judge that sees quality with noise, likes long texts, and gives whole grades of 1 to 10.

    Prompts have up to three pairs, and people prefer the better text.

    Args:
        noise: standard deviation of a grade's error, that of quality being 2.
        taste: grades for each doubling of the words.
    """

    def verdicts(random: Generator, prompts: Prompts) -> Verdicts:
        number = len(prompts)
        quality = np.sort(5.5 + random.normal(0, 2, (number, 2)))[:, ::-1]
        doublings = random.normal(0, 0.7, (number, 2))  # of words, around the usual
        grades = np.clip(np.round(quality + taste * doublings + random.normal(0, noise, (number, 2))), 1, 10)
        order: Verdicts = np.sign(grades[:, 0] - grades[:, 1])
        return (1 + order) / 2

    return Judge(3, verdicts)


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
    return known or float(judge.verdicts(np.random.default_rng(SEED), np.arange(TRUTH)).mean())


@functools.cache
def held(name: str, pairs: int, tables: int = CASES) -> int:
    """In how many tables of so many pairs the interval holds the judge's accuracy; those have one, with 8 prompts."""
    random, judge = np.random.default_rng([SEED, pairs]), JUDGES[name][0]
    drawn = (prompts_of(random, pairs, judge.most) for _ in itertools.count())
    estimates = (accuracy_interval(judge.verdicts(random, prompts), prompts) for prompts in drawn)
    with_interval = itertools.islice((each for each in estimates if each.doubt is None), tables)
    return sum(each.low <= accuracy(name) <= each.high for each in with_interval)


def lines(tables: int = CASES) -> Iterator[str]:
    """A line per judge."""
    yield f"95% intervals of a judge's accuracy that hold it, of {tables:,}"
    yield f"{'pairs':44}" + "".join(f"{number:>10}" for number in NUMBERS)
    for name in JUDGES:
        yield f"{name:44}" + "".join(f"{held(name, number, tables):>10}" for number in NUMBERS)


SIDES = (0.0, 0.5)
"""Share of pairs in which a judge that is no better than the longer text prefers it; in the others it judges."""
HEDGING, HEDGED = "hedges where the longer text is wrong", 0.8
"""A judge that does what the longer text would, which is right in 80%, but for some pairs: see `hedging`."""


def no_better(random: Generator, name: str, pairs: int, side: float) -> tuple[Verdicts, Verdicts, Prompts]:
    """What a judge says, what the longer text would, and the prompts: both are right equally often."""
    judge = right_at(HEDGED) if name == HEDGING else JUDGES[name][0]
    prompts = prompts_of(random, pairs, judge.most)
    right = HEDGED if name == HEDGING else accuracy(name)
    longer = right_at(right, most=judge.most).verdicts(random, prompts)
    if name == HEDGING:
        return hedging(random, longer, (1 - side) / 5), longer, prompts
    return np.where(random.random(pairs) < side, longer, judge.verdicts(random, prompts)), longer, prompts


def hedging(random: Generator, longer: Verdicts, share: float) -> Verdicts:
    """Equal scores in this share of pairs, where the longer text is wrong; wrong in half as many, where it is right.

    So it has many small gains and few large losses, which their spread hides.
    """
    wrong = longer == 0
    apart = random.random(len(longer)) < np.where(wrong, share / (1 - HEDGED), share / 2 / HEDGED)
    return np.where(apart, np.where(wrong, 0.5, 0.0), longer)


@functools.cache
def certified(name: str, pairs: int, side: float, tables: int = CASES) -> tuple[int, int]:
    """How many tables certify a judge that is no better than the longer text: without its gain's interval, and with."""
    random, reasons = np.random.default_rng([SEED, pairs]), list[str | None]()
    while len(reasons) < tables:
        won, longer, prompts = no_better(random, name, pairs, side)
        estimate = accuracy_interval(won, prompts)
        if estimate.low is None:
            continue
        baseline = accuracy_interval(longer, prompts).mean
        figures = {"people": True, "n": pairs, "least": 1, "low": estimate.low, "threshold": 0.0, "baseline": baseline}
        reasons.append(reason_of(figures | {"gain_low": gain_interval(won - longer, prompts).low}))
    return sum(reason in (None, "no_gain") for reason in reasons), sum(reason is None for reason in reasons)


def gain_lines(tables: int = CASES, sides: Sequence[float] = SIDES) -> Iterator[str]:
    """A line per judge that is no better than the longer text, and the percent of all."""
    yield f"certified of {tables:,}, though no better than the longer text: without the gain's interval -> with it"
    yield f"{'the longer text preferred in':44}" + "".join(f"{side:>14.0%}" for side in sides for _ in NUMBERS)
    yield f"{'pairs':44}" + "".join(f"{number:>14}" for _ in sides for number in NUMBERS)
    rates: dict[str, list[tuple[int, int]]] = {
        name: [certified(name, number, side, tables) for side in sides for number in NUMBERS]
        for name in (*JUDGES, HEDGING)
    }
    for name, cells in rates.items():
        yield f"{name:44}" + "".join(f"{f'{before} -> {now}':>14}" for before, now in cells)
    percents = 100 * np.array(list(rates.values())) / tables
    yield f"{'all, %':44}" + "".join(f"{f'{before:.1f} -> {now:.1f}':>14}" for before, now in percents.mean(axis=0))
    yield f"{'most, %':44}" + "".join(f"{f'{before:.1f} -> {now:.1f}':>14}" for before, now in percents.max(axis=0))


if __name__ == "__main__":
    print(*lines(), "", *lines(MANY), "", *gain_lines(MANY), sep="\n")
