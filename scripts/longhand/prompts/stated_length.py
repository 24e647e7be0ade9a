"""Draws a length that a text meets, as a request for the text may state it (Self-Lengthen's length control)."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Mapping

from longhand.text.length import score_longen
from longhand.text.requirement import CONSTRAINTS, Requirement

DOUBLE = 0.2
"""Probability that numbers are multiples of twice the step."""
_DIGITS = "零一二三四五六七八九"
_MYRIAD = 10_000


def draw_length(
    counts: Collection[int], draw: random.Random, *, shares: Mapping[str, float], bounds: tuple[int, int], step: int
) -> Requirement | None:
    """A length that a text meets by LonGen's rule, whichever of the counts is taken for its words.

    The numbers are those around the text's length: the lower end floored, the upper one the next above it, both within
    the bounds. Source: QwenLM/Self-Lengthen at 004e880, where an exact number gives a range of nothing ("2000-2000")
    and the Chinese `above` and `below` are those of the other.

    Args:
        counts: words of the text, by one counter or several.
        draw: is drawn from.
        shares: weights of the constraints. Those that are not named, or that no number fits, are left out.
        bounds: least number that is stated, and greatest.
        step: numbers are multiples of it or, where that fits, of its double.

    Returns:
        None where the text has fewer words than the least, or not fewer than the greatest, or nothing fits.
    """
    (least, greatest), fewest, most = bounds, min(counts), max(counts)
    if fewest < least or most >= greatest:
        return None
    steps = [2 * step, step] if draw.random() < DOUBLE else [step]
    fitting = {}
    for constraint in CONSTRAINTS:
        lengths = (each for size in steps for each in _around(constraint, fewest, most, size, bounds))
        length = next((each for each in lengths if _met(each, fewest) and _met(each, most)), None)
        if length is not None and shares.get(constraint, 0) > 0:
            fitting[length] = shares[constraint]
    return draw.choices(list(fitting), list(fitting.values()))[0] if fitting else None


def _met(length: Requirement, words: int) -> bool:
    return score_longen(length, words) == 100.0


def _around(constraint: str, fewest: int, most: int, step: int, bounds: tuple[int, int]) -> Iterator[Requirement]:
    """The lengths of a constraint next to the words of a text, the nearest first."""
    floor, ceiling = fewest - fewest % step, most - most % step + step
    low, high = max(floor, bounds[0]), min(ceiling, bounds[1])
    if constraint == "range":
        yield Requirement("range", required_min=low, required_max=high)
    elif constraint == "above":
        yield Requirement("above", required_min=low)
    elif constraint == "below":
        yield Requirement("below", required_max=high)
    else:
        between = {low, high, *range(floor + step, ceiling, step)}
        for length in sorted(between, key=lambda number: (abs(2 * number - fewest - most), number)):
            yield Requirement("about", required=length)


def chinese_numeral(value: int) -> str:
    """A number from 1 to 99,999,999 in Chinese: 两千五百, 一万两千, 八千零五十."""
    myriads, rest = divmod(value, _MYRIAD)
    numeral = _below_myriad(rest)
    if myriads:
        head = "两" if myriads == 2 else _below_myriad(myriads)
        numeral = head + "万" + ("零" if 0 < rest < _MYRIAD // 10 else "") + numeral
    return numeral.removeprefix("一") if numeral.startswith("一十") else numeral


def _below_myriad(value: int) -> str:
    numeral, gap = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = value // unit % 10
        if digit:
            sign = "两" if digit == 2 and name == "千" else _DIGITS[digit]
            numeral += ("零" if gap and numeral else "") + sign + name
        gap = not digit
    return numeral
