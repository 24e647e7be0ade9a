"""How often the interval of a bridged mean holds what the old judge would give, by simulation of judges that are known.

Prints the table. A judge has a bias, a slope, noise of each verdict, lasting opinions of texts, prompts and systems.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from longhand.results.statistics import mean_interval
from longhand.results.succession import Bridge, Bridged, bridge, bridged

Numbers = NDArray[np.float64]

CASES, SEED = 200, 20_261_122
SYSTEMS = (5, 10, 23)
DRAWN, PROMPTS = 50, 120  # prompts that anchors were judged on, and those of a new system


class World(NamedTuple):
    """How judges and systems are made; deviations in points of 0-100, of which the old judge gives 0.8 for one.

    Attributes:
        systems: of systems' quality.
        texts: of a system's texts.
        prompts: of prompts, which are harder or easier for all systems.
        opinions: of a judge about a text, which no repeat shows.
        tastes: of a judge about a prompt, for all systems.
        favours: of the old judge about a system.
        noise: of a new verdict.
        uneven: whether noise and opinions grow where texts are bad, and differ by system.
    """

    systems: float = 10
    texts: float = 10
    prompts: float = 6
    opinions: float = 7
    tastes: float = 3
    favours: float = 3
    noise: float = 8
    uneven: bool = False


class Case(NamedTuple):
    """A new system, what the old judge would give it, and what is said of it; None where it is refused."""

    truth: float
    line: Bridge
    estimate: Bridged | None


def scores_of(random: Generator, world: World, systems: int, repeats: int) -> tuple[Numbers, Numbers, Numbers]:
    """Both judges' scores, systems × prompts, and the old judge's true means."""
    size = (systems, PROMPTS)
    quality = random.normal(60, world.systems, (systems, 1))
    texts = quality + random.normal(0, world.prompts, PROMPTS) + random.normal(0, world.texts, size)
    grows = np.clip((100 - texts) / 40, 0.2, 2.5) * random.gamma(4, 0.25, (systems, 1)) if world.uneven else 1.0
    opinions = [grows * random.normal(0, world.opinions, size) for _ in range(2)]
    tastes = [random.normal(0, world.tastes, PROMPTS) for _ in range(2)]
    favours = random.normal(0, world.favours, (systems, 1))
    new = texts + opinions[0] + tastes[0] + grows * random.normal(0, world.noise / np.sqrt(repeats), size)
    old = 12 + 0.8 * texts + opinions[1] + tastes[1] + favours
    return old, new, (12 + 0.8 * quality + favours)[:, 0]


def case(number: int, world: World, systems: int, repeats: int) -> Case:
    """One of the seeded cases: the last system is the new one; it is refused outside the others' means."""
    random = np.random.default_rng([SEED, number, systems, repeats, world.uneven])
    old, new, truth = scores_of(random, world, systems + 1, repeats)
    line = bridge(old[:-1, :DRAWN], new[:-1, :DRAWN])
    mean, error = mean_interval(new[-1]), float(np.std(new[-1], ddof=1)) / PROMPTS**0.5
    assert mean.mean is not None and mean.low is not None and mean.high is not None
    inside = mean.high >= line.new.min() and mean.low <= line.new.max()
    return Case(truth[-1], line, bridged(line, mean.mean, error) if inside else None)


@functools.cache
def covered(world: World, systems: int, repeats: int, cases: int = CASES) -> int:
    """In how many of the first cases that are not refused the interval holds the truth."""
    held, number, seen = 0, 0, 0
    while seen < cases and number < 20 * cases:
        of = case(number, world, systems, repeats)
        number += 1
        if of.estimate is not None:
            seen += 1
            held += of.estimate.low <= of.truth <= of.estimate.high
    return held if seen == cases else -1


WORLDS = {
    "even noise": World(),
    "uneven noise": World(uneven=True),
    "systems alike": World(systems=5),
    "judges that favour no system": World(favours=0),
    "judges that favour systems": World(favours=6),
}


def lines(worlds: Mapping[str, World] = WORLDS) -> Iterator[str]:
    """The table."""
    yield f"intervals of bridged means that hold, of {CASES} each"
    heads = [f"{systems}, {repeats} repeat{'s' * (repeats > 1)}" for systems in SYSTEMS for repeats in (1, 2)]
    yield f"{'systems':<32}" + "".join(f"{head:>16}" for head in heads)
    for name, world in worlds.items():
        shares = [covered(world, systems, repeats) for systems in SYSTEMS for repeats in (1, 2)]
        yield f"{name:<32}" + "".join(f"{share:>16}" for share in shares)


if __name__ == "__main__":
    print(*lines(), sep="\n")
