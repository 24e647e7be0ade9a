"""Krippendorff's alpha against his definition, and its interval."""

from __future__ import annotations

import numpy as np
import pytest

from longhand.results.alpha import NO_PAIRS, ResampledAlpha, alpha_interval, ordinal_alpha
from longhand.results.doubts import ALL_EQUAL, FEW_PROMPTS


def by_coincidences(table: list[list[float | None]]) -> float:
    """Alpha as Krippendorff defines it: the coincidence matrix, and the ordinal metric over its margins."""
    units = [[value for value in row if value is not None] for row in table]
    units = [row for row in units if len(row) > 1]
    values = sorted({value for row in units for value in row})
    coincidences = dict.fromkeys(((a, b) for a in values for b in values), 0.0)
    for row in units:
        for i, one in enumerate(row):
            for j, other in enumerate(row):
                if i != j:
                    coincidences[one, other] += 1 / (len(row) - 1)
    margins = {a: sum(coincidences[a, b] for b in values) for a in values}
    total = sum(margins.values())

    def distance(a: float, b: float) -> float:
        between = sum(margins[c] for c in values if min(a, b) <= c <= max(a, b))
        return (between - (margins[a] + margins[b]) / 2) ** 2 if a != b else 0.0

    observed = sum(coincidences[a, b] * distance(a, b) for a in values for b in values) / total
    expected = sum(margins[a] * margins[b] * distance(a, b) for a in values for b in values) / (total * (total - 1))
    return 1 - observed / expected


def random_table(seed: int, units: int, judges: int, scale: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    table = np.clip(rng.integers(1, scale + 1, (units, 1)) + rng.integers(-1, 2, (units, judges)), 1, scale)
    return np.where(rng.random(table.shape) < 0.25, np.nan, table.astype(float))


def listed(table: np.ndarray) -> list[list[float | None]]:
    return [[None if np.isnan(value) else value for value in row] for row in table]


@pytest.mark.parametrize("seed", range(12))
def test_alpha_is_that_of_the_definition(seed: int) -> None:
    table = random_table(seed, 10 + 3 * seed, 2 + seed % 4, 3 + seed % 5)
    pairable = (~np.isnan(table)).sum(axis=1) > 1
    expected = by_coincidences(listed(table))
    assert ordinal_alpha(table[pairable]) == pytest.approx(expected, abs=1e-12)
    prompts = np.arange(pairable.sum()) // 2
    ours = ResampledAlpha(table[pairable], prompts)
    assert ours.of(np.ones((prompts.max() + 1, 1)))[0] == pytest.approx(expected, abs=1e-12)
    assert alpha_interval(table, np.arange(len(table)), 1).mean == pytest.approx(expected, abs=1e-12)


def test_krippendorffs_published_example() -> None:
    """Computing Krippendorff's Alpha-Reliability (2011), section C: four observers, twelve units, ordinal 0.815."""
    data = [
        "1 2 3 3 2 1 4 1 2 * * *",
        "1 2 3 3 2 2 4 1 2 5 * 3",
        "* 3 3 3 2 3 4 2 2 5 1 *",
        "1 2 3 3 2 4 4 1 2 5 1 *",
    ]
    table = np.array([[np.nan if v == "*" else float(v) for v in row.split()] for row in data]).T
    assert alpha_interval(table, np.arange(12), 1).mean == pytest.approx(0.815, abs=5e-4)


def test_a_resample_is_the_table_of_the_drawn_prompts() -> None:
    table = random_table(3, 40, 3, 5)
    table = table[(~np.isnan(table)).sum(axis=1) > 1]
    prompts = np.arange(len(table)) // 3
    number = int(prompts.max()) + 1
    times = np.random.default_rng(7).multinomial(number, np.full(number, 1 / number), 5).T.astype(float)
    drawn = ResampledAlpha(table, prompts).of(times)
    for resample, alpha in zip(times.T, drawn, strict=True):
        rows = np.repeat(np.arange(len(table)), resample[prompts].astype(int))
        assert alpha == pytest.approx(by_coincidences(listed(table[rows])), abs=1e-12)


def test_the_interval_is_by_prompts_and_not_by_responses() -> None:
    rng = np.random.default_rng(4)
    disagreeing = rng.random(30) < 0.4  # on all responses to a prompt
    level = rng.integers(1, 6, (30, 1, 1)).repeat(20, axis=1)
    table = np.concatenate([level, np.where(disagreeing[:, None, None], 6 - level, level)], axis=2).reshape(600, 2)
    by_prompts = alpha_interval(table.astype(float), np.repeat(np.arange(30), 20), 1)
    by_responses = alpha_interval(table.astype(float), np.arange(600), 1)
    assert by_prompts.mean == by_responses.mean and (by_prompts.n, by_responses.n) == (30, 600)
    wide, narrow = ((e.high or 0) - (e.low or 0) for e in (by_prompts, by_responses))
    assert wide > 3 * narrow > 0


def test_what_cannot_be_measured_says_why() -> None:
    nothing = alpha_interval(np.array([[1.0, np.nan], [np.nan, 2.0]]), np.arange(2), 1)
    assert nothing == (None, None, None, 0, NO_PAIRS, 0)
    equal = alpha_interval(np.full((20, 2), 3.0), np.arange(20), 1)
    assert equal[:5] == (None, None, None, 20, ALL_EQUAL)
    few = alpha_interval(random_table(1, 5, 3, 5), np.arange(5), 1)
    assert few.mean is not None and few.low is None and few.doubt == FEW_PROMPTS
    one_odd = np.full((20, 2), 3.0)
    one_odd[0] = 4.0  # a resample without it has nothing to agree on
    odd = alpha_interval(one_odd, np.arange(20), 1)
    assert odd.mean == pytest.approx(1) and odd.low is None and odd.doubt == ALL_EQUAL
