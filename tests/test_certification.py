"""How often a judge orders pairs as their labels do, beside the longer text, against numbers by hand."""

from __future__ import annotations

import math
from statistics import fmean
from typing import Any

import pytest
from bench.certification import CASES, HEDGING, JUDGES, MANY, NUMBERS, certified, gain_lines, held, lines
from scipy.stats import binomtest, t

from longhand.results.certification import LabelledPair, accuracy_figures, labelled_order, slices_of_pairs
from longhand.results.certified import CERTIFIED, NOT_CERTIFIED, NOT_TESTED, standing_of, verdict_words


def pair(
    prompt: object, scores: tuple[float | None, float | None], words: tuple[int, int] = (100, 100)
) -> LabelledPair:
    return LabelledPair(str(prompt), "en", words, scores)


def figures(pairs: list[LabelledPair], **settings: Any) -> dict[str, Any]:
    return accuracy_figures(pairs, **{"threshold": 0.6, "least": 20, "people": True} | settings)


RIGHT, WRONG, TIE = (4.0, 2.0), (2.0, 4.0), (3.0, 3.0)


@pytest.mark.parametrize("right", [0, 3, 24, 30])
def test_one_pair_a_prompt_without_ties_has_wilsons_interval(right: int) -> None:
    row = figures([pair(n, RIGHT if n < right else WRONG) for n in range(30)])
    expected = binomtest(right, 30).proportion_ci(method="wilson")
    assert (row["accuracy"], row["n"], row["n_prompts"]) == (right / 30, 30, 30)
    assert (row["low"], row["high"]) == pytest.approx(tuple(expected))


def test_ties_and_unread_verdicts_count_half_and_are_counted() -> None:
    scores = [RIGHT] * 12 + [WRONG] * 4 + [TIE] * 2 + [(None, 3.0), (3.0, None), (None, None)]
    row = figures([pair(n, each) for n, each in enumerate(scores)])
    assert row["accuracy"] == pytest.approx((12 + 2.5) / 21)
    assert (row["n_ties"], row["n_unread"]) == (2, 3)


def test_prompts_weigh_the_same_and_their_pairs_are_not_independent() -> None:
    apart = figures([pair(n, RIGHT if n % 3 else WRONG) for n in range(60)])
    together = figures([pair(n // 6, RIGHT if (n // 6) % 3 else WRONG) for n in range(60)])
    assert together["n_prompts"] == 10 and together["accuracy"] == pytest.approx(6 / 10)
    assert together["high"] - together["low"] > 2 * (apart["high"] - apart["low"])
    uneven = figures([pair("many", WRONG)] * 20 + [pair(n, RIGHT) for n in range(19)])
    assert uneven["accuracy"] == pytest.approx(19 / 20), "a prompt with 20 pairs is one prompt"


def test_the_longer_text_wins_is_the_baseline_of_the_same_pairs() -> None:
    words = [(200, 100)] * 15 + [(100, 200)] * 5 + [(150, 150)] * 10
    row = figures([pair(n, RIGHT, each) for n, each in enumerate(words)])
    assert row["baseline"] == pytest.approx((15 + 5) / 30)
    uneven = [pair("many", RIGHT, (100, 200))] * 20 + [pair(n, RIGHT, (200, 100)) for n in range(19)]
    assert figures(uneven)["baseline"] == pytest.approx(19 / 20), "its prompts weigh the same, too"


@pytest.mark.parametrize(
    ("pairs", "settings", "reason", "tested"),
    [
        ([RIGHT] * 40, {}, None, CERTIFIED),
        ([RIGHT] * 40, {"people": False}, "not_by_people", NOT_TESTED),
        ([RIGHT] * 19, {}, "few_pairs", NOT_TESTED),
        ([RIGHT] * 7, {"least": 5}, "few_prompts", NOT_TESTED),
        ([RIGHT] * 40, {"threshold": 0.95}, "under_threshold", NOT_CERTIFIED),
        ([RIGHT] * 20 + [WRONG] * 20, {}, "under_threshold", NOT_CERTIFIED),
    ],
)
def test_a_judge_is_certified_by_the_lower_end(pairs: Any, settings: Any, reason: str | None, tested: str) -> None:
    row = figures([pair(n, each) for n, each in enumerate(pairs)], **settings)
    assert (row["certified"], row["reason"], standing_of(row)) == (reason is None, reason, tested)
    words = {None: "certified", "not_by_people": "agreement with GPT-4o, which certifies nothing"}
    untested = "not tested: " if tested == NOT_TESTED else "not certified: "
    assert verdict_words(row | {"labels": "GPT-4o"}).startswith(words.get(reason, untested))


def test_a_judge_that_only_prefers_long_texts_is_not_certified() -> None:
    longer = [pair(n, RIGHT, (300, 100)) if n % 10 else pair(n, WRONG, (100, 300)) for n in range(600)]
    row = figures(longer, threshold=0.5)
    assert row["accuracy"] == row["baseline"] == pytest.approx(0.9) and row["low"] > 0.85
    assert (row["certified"], row["reason"]) == (False, "under_baseline")
    other = [pair(n, RIGHT, (300, 100) if n % 2 else (100, 300)) for n in range(600)]
    assert figures(other, threshold=0.5)["certified"], "as often right, and the longer text in half"


def test_the_error_of_the_longer_text_counts_too() -> None:
    """Of 600 pairs the longer text is right in 330; the judge in 390, of which it is right with it in 210 or in 329."""

    def judged(both: int) -> dict[str, Any]:
        of_each = [(RIGHT, (300, 100))] * both + [(RIGHT, (100, 300))] * (390 - both)
        of_each += [(WRONG, (300, 100))] * (330 - both) + [(WRONG, (100, 300))] * (both - 120)
        return figures([pair(n, *each) for n, each in enumerate(of_each)], threshold=0.5)

    for both in (210, 329):
        # Bonett and Price: a pair of each kind more; the variance is that of 1, 0 and -1.
        ahead, behind, n = 390 - both + 1, 330 - both + 1, 602
        mean, reach = 60 / n, t.ppf(0.975, n - 1) * math.sqrt((ahead + behind - 60**2 / n) / (n - 1) / n)
        row = judged(both)
        assert (row["gain"], row["gain_low"], row["gain_high"]) == pytest.approx((0.1, mean - reach, mean + reach))
    apart, beside = judged(210), judged(329)
    assert apart["certified"] and beside["certified"] and beside["gain_low"] > apart["gain_low"] + 0.03
    few = [(RIGHT, (300, 100))] * 200 + [(RIGHT, (100, 300))] * 105 + [(WRONG, (300, 100))] * 80
    row = figures([pair(n, *each) for n, each in enumerate([*few, *[(WRONG, (100, 300))] * 15])], threshold=0.5)
    assert row["low"] > row["baseline"] == 0.7 and row["gain"] == pytest.approx(0.0625)
    assert (row["certified"], row["reason"], standing_of(row)) == (False, "no_gain", NOT_CERTIFIED)


def test_a_gain_is_one_of_prompts_and_never_sure_by_a_few_pairs() -> None:
    """Eight pairs of one prompt are one prompt; where all differences are equal, their interval is not a point."""
    longer, other = (300, 100), (100, 300)
    apart = figures([pair(n, RIGHT, other if n < 8 else longer) for n in range(60)])
    together = figures([pair(max(0, n - 7), RIGHT, other if n < 8 else longer) for n in range(60)])
    assert apart["gain"] == pytest.approx(8 / 60) and apart["gain_low"] > 0
    assert together["gain"] == pytest.approx(1 / 53) and together["gain_low"] < 0
    none = figures([pair(n, RIGHT, longer) for n in range(60)])
    assert none["gain_low"] < none["gain"] == 0 < none["gain_high"] and none["reason"] == "under_baseline"
    assert figures([pair(n, RIGHT) for n in range(7)])["gain_low"] is None


def test_a_lower_end_on_the_threshold_is_not_over_it() -> None:
    pairs = [pair(n, RIGHT) for n in range(40)]
    assert figures(pairs, threshold=figures(pairs)["low"])["reason"] == "under_threshold"


def test_slices_are_languages_and_ranges_of_the_mean_words() -> None:
    pairs = [
        LabelledPair("a", "en", (100, 700), RIGHT),
        LabelledPair("b", "zh", (100, 900), RIGHT),
        LabelledPair("c", "zh", (499, 500), RIGHT),
        LabelledPair("d", "en", (10, 20), RIGHT),
    ]
    slices = {(kind, label): [each.prompt for each in of] for kind, label, of in slices_of_pairs(pairs, [100, 500])}
    assert slices == {
        ("all", "all"): ["a", "b", "c", "d"],
        ("language", "en"): ["a", "d"],
        ("language", "zh"): ["b", "c"],
        ("range", "[100,500)"): ["a", "c"],
        ("range", "[500,∞)"): ["b"],
    }, "below the first range a pair is in none"


def test_no_pairs_have_no_accuracy() -> None:
    row = figures([])
    assert row["gain"] is None and row["gain_low"] is None
    assert (row["n"], row["accuracy"], row["baseline"], row["reason"]) == (0, None, None, "few_pairs")


def test_graded_labels_order_any_two_responses_to_a_prompt() -> None:
    def text(prompt: str, label: float, score: float | None, words: int) -> dict[str, Any]:
        return {"prompt_id": prompt, "language": "en", "words": words, "label": label, "score": score}

    texts = [
        text("p", 50, 60, 10),
        text("p", 75, 60, 30),
        text("p", 75, 80, 20),
        text("q", 10, None, 5),
        text("q", 20, 1, 6),
    ]
    assert [(each.prompt, each.words, each.scores) for each in labelled_order(texts)] == [
        ("p", (30, 10), (60, 60)),
        ("p", (20, 10), (80, 60)),
        ("q", (6, 5), (1, None)),
    ], "equal labels order nothing"


@pytest.fixture(scope="module", autouse=True)
def printed() -> None:
    print("\n", *lines(), "", *lines(MANY), "", *gain_lines(sides=[0.0]), sep="\n")


@pytest.mark.parametrize("judge", JUDGES)
def test_the_interval_holds_the_accuracy_of_a_known_judge(judge: str) -> None:
    assert all(184 <= held(judge, number) <= 196 for number in NUMBERS), f"of {CASES}"
    assert all(0.93 <= held(judge, number, MANY) / MANY <= 0.985 for number in NUMBERS)


def test_a_judge_that_is_no_better_than_the_longer_text_is_seldom_certified() -> None:
    """In 2.5%, since the ends of a 95% interval leave as much on each side; by the accuracy's interval alone in 7%."""
    for number in NUMBERS:
        without, with_gain = zip(*(certified(name, number, 0.0, CASES) for name in (*JUDGES, HEDGING)), strict=True)
        assert fmean(with_gain) / CASES < 0.03 and max(with_gain) / CASES <= 0.05
        assert fmean(without) / CASES > 0.04, "else this shows nothing"
