"""Grading a sample of an answer's statements: which, and what it says of all."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

_Z = 1.959964  # of a 95% interval


def drawn(count: int, most: int | None, *key: object) -> list[int]:
    """The numbers of the statements to grade, in order.

    Args:
        count: of all statements.
        most: to grade; None: all.
        key: what the draw depends on.
    """
    if most is None or most >= count:
        return list(range(count))
    return sorted(random.Random(" ".join(map(str, key))).sample(range(count), most))


def interval(grades: Sequence[float], count: int) -> tuple[float, float]:
    """A 95% interval of the mean of all `count` grades, of which these were drawn.

    Wilson's interval with the correction for a finite population; for grades between 0 and 1 it is wide enough, since
    none varies more than those of 0 and 1. It goes no further than the grades that were not drawn can take the mean.

    Args:
        grades: 0-1, at least one.
        count: at least as many.
    """
    size, mean = len(grades), math.fsum(grades) / len(grades)
    rest = count - size
    if rest == 0:
        return mean, mean
    n = size * (count - 1) / rest
    middle = (mean + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z / (1 + _Z**2 / n) * math.sqrt(mean * (1 - mean) / n + _Z**2 / (4 * n**2))
    least, most = size * mean / count, (size * mean + rest) / count
    return max(least, middle - half), min(most, middle + half)
