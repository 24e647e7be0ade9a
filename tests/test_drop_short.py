"""Drop-short against its definition: which texts stay, and what that does to lengths."""

from __future__ import annotations

import math
import random
from statistics import NormalDist

from longhand.made.drop_short import drop_short

ROWS, SPREAD = 10_000, 0.5
NEVER = 1 - 0.5 ** (1 / 3)
"""The share of the shortest that is always dropped: 2 r^3 = 1 at rank r = 1 - NEVER."""


def made_lengths() -> tuple[list[int], list[str]]:
    draws = random.Random(7)
    return [round(math.exp(draws.gauss(9, SPREAD))) for _ in range(ROWS)], [f"row {n}" for n in range(ROWS)]


def expected(steps: int = 100_000) -> tuple[float, float]:
    """Share kept and growth of the mean length, by summing the definition over the quantiles of a lognormal."""
    kept = length = whole = 0.0
    for step in range(steps):
        quantile = (step + 0.5) / steps
        stays = 1 - min(1, 2 * (1 - quantile) ** 3)
        characters = math.exp(SPREAD * NormalDist().inv_cdf(quantile))
        kept, length, whole = kept + stays, length + stays * characters, whole + characters
    return kept / steps, (length / kept) / (whole / steps) - 1


def test_the_share_that_stays_and_the_mean_length_are_the_definitions() -> None:
    lengths, keys = made_lengths()
    kept = drop_short(lengths, keys, 42)
    share, growth = expected()
    assert (round(share, 3), round(NEVER, 3), round(growth, 2)) == (0.595, 0.206, 0.27)
    deviation = math.sqrt(share * (1 - share) / ROWS)
    assert abs(sum(kept) / ROWS - share) < 4 * deviation
    mean_kept = sum(length for length, stays in zip(lengths, kept, strict=True) if stays) / sum(kept)
    assert abs(mean_kept / (sum(lengths) / ROWS) - 1 - growth) < 0.02


def test_of_the_shortest_fifth_none_stays_and_the_longest_stays() -> None:
    lengths, keys = made_lengths()
    kept = drop_short(lengths, keys, 42)
    by_length = sorted(range(ROWS), key=lambda n: lengths[n])
    bound = lengths[by_length[math.floor(NEVER * ROWS)]]
    assert not any(stays for length, stays in zip(lengths, kept, strict=True) if length < bound)
    tenths = [by_length[n * ROWS // 10 : (n + 1) * ROWS // 10] for n in range(10)]
    shares = [sum(kept[n] for n in tenth) / len(tenth) for tenth in tenths]
    for number, share in enumerate(shares):
        quantiles = [(number + (step + 0.5) / 1000) / 10 for step in range(1000)]
        assert abs(share - sum(1 - min(1, 2 * (1 - q) ** 3) for q in quantiles) / 1000) < 0.06, number
    assert kept[by_length[-1]]


def test_equal_lengths_share_the_first_position() -> None:
    assert drop_short([100] * 50, [str(n) for n in range(50)], 1) == [False] * 50  # all at position 0: rank 1
    lengths = [10] * 10 + [90] * 10  # of the longer ten the position is 10 of 20: dropped with 2 * 0.5^3 = 1/4
    runs = [drop_short(lengths, [f"{seed} {n}" for n in range(20)], 3) for seed in range(300)]
    assert not any(any(kept[:10]) for kept in runs)
    assert abs(sum(sum(kept[10:]) for kept in runs) / 3000 - 0.75) < 4 * math.sqrt(0.75 * 0.25 / 3000)


def test_a_rows_luck_is_its_seeds_and_its_keys_alone() -> None:
    lengths, keys = made_lengths()
    kept = drop_short(lengths, keys, 42)
    assert drop_short(lengths[::-1], keys[::-1], 42) == kept[::-1]
    doubled = drop_short(lengths + lengths, keys + [f"{key} again" for key in keys], 42)  # all ranks stay as they were
    assert doubled[:ROWS] == kept
    assert drop_short(lengths, keys, 43) != kept
    assert drop_short([], [], 42) == []
