"""What intervals and tests promise, by simulation: `pytest -s` prints the tables, as `tests/bench/coverage.py` does."""

from __future__ import annotations

import pytest
from bench.coverage import (
    PROMPTS,
    SHAPES,
    called_different,
    coverage,
    coverage_lines,
    covered,
    difference_lines,
    left_out,
    with_zeros,
    zero_lines,
)

S_Q, SAMPLED, S_L, _, LONGEN, S_BAR, APART, GOOD = SHAPES


@pytest.fixture(scope="module", autouse=True)
def printed() -> None:
    """The tables."""
    for table in (coverage_lines, difference_lines, zero_lines):
        print("\n", *table(), sep="\n")


@pytest.mark.parametrize("name", [S_Q, SAMPLED])
def test_quality_is_covered_from_five_prompts(name: str) -> None:
    shares = {prompts: coverage(SHAPES[name], prompts) for prompts in PROMPTS}
    assert all(0.93 <= share <= 0.97 for share in shares.values()), shares


@pytest.mark.parametrize("name", [S_L, LONGEN, S_BAR, APART])
def test_lengths_and_mean_scores_are_covered_from_twelve_prompts(name: str) -> None:
    shares = {prompts: coverage(SHAPES[name], prompts) for prompts in PROMPTS if prompts >= 12}
    assert all(share >= (0.91 if prompts < 26 else 0.925) for prompts, share in shares.items()), shares


@pytest.mark.parametrize("name", [S_Q, SAMPLED, S_L, LONGEN, S_BAR])
def test_equal_models_are_seldom_called_different(name: str) -> None:
    shares = {prompts: called_different(SHAPES[name], prompts) for prompts in PROMPTS}
    assert all(share <= 0.065 for share in shares.values()), shares


@pytest.mark.parametrize("ahead", [0, 3])
def test_the_best_model_is_among_the_leaders(ahead: float) -> None:
    best, others = left_out(ahead)
    assert best <= 0.05 and others <= 0.05
    assert left_out(10)[1] > 0.4, "and models that are far behind are not"


def test_means_that_few_zeros_make_are_doubted() -> None:
    for prompts in (26, 60, 120):
        of_good = covered(with_zeros(0.06), prompts)
        seen_and_wrong = ~of_good.holds & (of_good.doubt == "") & (of_good.zeros > 0)
        assert seen_and_wrong.mean() <= 0.05
        assert (covered(SHAPES[S_L], prompts).doubt == "few_zeros").mean() <= 0.06, "others are not"
    assert (covered(with_zeros(0.06), 26).doubt == "few_zeros").mean() > 0.7
    assert coverage(SHAPES[GOOD], 26) < 0.85, "where none is seen, nothing holds: the manual says so"
