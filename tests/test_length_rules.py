"""LonGen's and LIFEBench's length rules, on their own outputs, their published table, and at their edges."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longhand.text.length import LENGTH_RULES, longen_interval, score_lifebench, score_longen, score_stated
from longhand.text.requirement import CONSTRAINTS, Requirement

ABOUT = Requirement("about", 1000)
ABOVE = Requirement("above", required_min=1000)
BELOW = Requirement("below", required_max=1000)
RANGE = Requirement("range", required_min=1000, required_max=2000)


def requirement(kind: str, *lengths: int) -> Requirement:
    """The one that a constraint states with one length, or two for a range."""
    if kind == "range":
        return Requirement(kind, None, lengths[0], lengths[-1])
    return {
        "about": Requirement("about", lengths[0]),
        "above": Requirement("above", required_min=lengths[0]),
        "below": Requirement("below", required_max=lengths[0]),
    }[kind]


@pytest.mark.parametrize(
    ("ratio", "longbench_write", "longen", "lifebench"),
    [
        (0.5, 50, 25, 8.2),
        (0.7, 78.6, 75, 22.3),
        (0.8, 87.5, 100, 36.8),
        (0.9, 94.4, 100, 60.7),
        (1.1, 96.7, 100, 81.9),
        (1.2, 93.3, 100, 67.0),
        (1.5, 83.3, 50, 36.8),
        (2, 66.7, 0, 13.5),
        (3, 33.3, 0, 1.8),
    ],
)
def test_the_published_table(ratio: float, longbench_write: float, longen: float, lifebench: float) -> None:
    words = round(1000 * ratio)
    assert score_stated(ABOUT, words) == pytest.approx(longbench_write, abs=0.05)
    assert score_longen(ABOUT, words) == pytest.approx(longen, abs=0.05)
    assert score_lifebench(ABOUT, words) == pytest.approx(lifebench, abs=0.05)


@pytest.mark.parametrize(
    ("required", "interval"),
    [(ABOUT, (800, 1200)), (ABOVE, (1000, 1500)), (BELOW, (500, 1000)), (RANGE, (1000, 2000))],
)
def test_what_longen_gives_full_marks(required: Requirement, interval: tuple[float, float]) -> None:
    assert longen_interval(required) == pytest.approx(interval)
    low, high = interval
    for words in (low, (low + high) // 2, high):
        assert score_longen(required, words) == 100
    assert score_longen(required, low // 2) == pytest.approx(0)
    assert score_longen(required, low * 3 // 4) == pytest.approx(50)
    assert score_longen(required, high * 5 // 4) == pytest.approx(50)
    assert score_longen(required, high * 3 // 2) == score_longen(required, 10 * high) == 0


def test_lifebench_limits() -> None:
    assert [score_lifebench(ABOVE, words) for words in (1000, 1001, 9000)] == [100, 100, 100]
    assert [score_lifebench(BELOW, words) for words in (1, 999, 1000)] == [100, 100, 100]
    assert score_lifebench(ABOVE, 900) == score_lifebench(ABOUT, 900) == pytest.approx(100 * math.exp(-0.5))
    assert score_lifebench(BELOW, 1500) == score_lifebench(ABOUT, 1500) == pytest.approx(100 * math.exp(-1))


def test_the_deviation_is_a_fraction_not_the_percent_of_the_released_script() -> None:
    assert score_lifebench(ABOUT, 990) == pytest.approx(95.1, abs=0.05), "1% too short; in percent it would be 0.7"


@pytest.mark.parametrize("required", [ABOUT, ABOVE, BELOW, RANGE])
def test_a_text_without_words_has_no_marks(required: Requirement) -> None:
    assert {rule.score(required, 0) for rule in LENGTH_RULES.values()} <= {0, None}


def test_a_rule_that_does_not_apply_gives_nothing() -> None:
    assert (score_stated(RANGE, 1500), score_lifebench(RANGE, 1500)) == (None, None)
    for half in (Requirement("range", required_min=1000), Requirement("about", required_min=1000)):
        assert [rule.score(half, 1000) for rule in LENGTH_RULES.values()] == [None] * 3


def test_a_bound_may_stand_as_the_required_length() -> None:
    for name in ("above", "below"):
        assert score_longen(Requirement(name, 1000), 600) == score_longen(requirement(name, 1000), 600)
        assert Requirement(name, 900, 1000, 1000).stated == 1000, "what is stated as a bound counts first"


LENGTH = st.integers(1, 50_000)
REQUIRED = st.builds(
    lambda kind, lengths: requirement(kind, *sorted(lengths)), st.sampled_from(CONSTRAINTS), st.tuples(LENGTH, LENGTH)
)
RULE = st.sampled_from(sorted(LENGTH_RULES))


def best(rule: str, required: Requirement) -> tuple[float, float]:
    """The lengths with full marks."""
    if rule == "longen":
        interval = longen_interval(required)
        assert interval
        return interval
    length = required.stated
    assert length
    if rule == "lifebench" and required.constraint != "about":
        return (length, math.inf) if required.constraint == "above" else (1, length)
    return (length, length)


@given(RULE, REQUIRED, st.integers(0, 300_000))
def test_scores_are_marks_out_of_100(rule: str, required: Requirement, words: int) -> None:
    score = LENGTH_RULES[rule].score(required, words)
    assert score is None if rule != "longen" and required.constraint == "range" else 0 <= score <= 100


@given(RULE, REQUIRED, st.integers(0, 300_000), st.integers(0, 300_000))
def test_nearer_is_never_worse(rule: str, required: Requirement, a: int, b: int) -> None:
    near, far = sorted((a, b))
    if LENGTH_RULES[rule].score(required, near) is None:
        return
    low, high = best(rule, required)
    near_score, far_score = (LENGTH_RULES[rule].score(required, words) for words in (near, far))
    if far <= low:
        assert near_score <= far_score
    elif near >= high:
        assert near_score >= far_score
    if low <= near <= high and near > 0:
        assert near_score == 100


STATED = re.compile(r"[\d,]+")


def test_golden_longen(golden) -> None:
    rows = golden("longen_scores.jsonl")
    assert {row["type"] for row in rows} == set(CONSTRAINTS)
    for row in rows:
        lengths = [int(number.replace(",", "")) for number in STATED.findall(row["constraint"])]
        required = requirement(row["type"], *lengths)
        assert longen_interval(required) == pytest.approx((row["target_a"], row["target_b"]), abs=1e-9), row
        assert score_longen(required, row["gen_length"]) == pytest.approx(100 * row["score"], abs=1e-9), row
    print(f"golden: {len(rows)} of {len(rows)} LonGen scores")
