"""From scores by both judges to bridged scores: what is refused, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from longhand.results.bridged_scores import bridged_columns, line_of, succession_row
from longhand.results.bridged_words import bridged_words
from longhand.results.prompt_means import prompt_means
from longhand.results.succession import bridge, bridged
from longhand.tables.succession_tables import SUCCESSION

PROMPTS = 10
MEANS = {"a": (40, 30), "b": (52, 45), "c": (55, 50), "d": (64, 61), "e": (71, 70), "f": (77, 72)}
"""Anchor -> its mean by the old judge and by the new one."""


def verdicts(model: str, judge: str, mean: float, samples: int = 1, **columns: Any) -> pd.DataFrame:
    """Scores around a mean, of texts of 100 to 1,000 words."""
    spread = np.random.default_rng([ord(model[0]), len(judge)]).normal(0, 4, PROMPTS)
    rows = [
        {
            "prompt_id": f"p{number}",
            "sample": sample,
            "judge": judge,
            "score_q": mean + float(spread[number] - spread.mean()),
            "words": 100 + 100 * number,
            "language": "en" if number % 2 else "zh",
            "category": "story" if number < 5 else "letter",
        }
        | columns
        for number in range(PROMPTS)
        for sample in range(samples)
    ]
    return pd.DataFrame(rows)


def anchors(means: Mapping[str, tuple[float, float]] = MEANS) -> list[tuple[str, pd.DataFrame]]:
    return [
        (name, pd.concat([verdicts(name, "old", old), verdicts(name, "new", new), verdicts(name, "other", 50)]))
        for name, (old, new) in means.items()
    ]


def columns_of(rows: pd.DataFrame, line: dict[str, Any] | None = None) -> dict[str, Any]:
    row = line or succession_row(anchors(), "old", "new")
    return bridged_columns(row, rows, prompt_means(rows.assign(score_l=0.0)))


def matrix(side: int) -> Any:
    judge = ("old", "new")[side]
    return np.array([verdicts(name, judge, both[side])["score_q"] for name, both in MEANS.items()])


def test_the_row_of_the_table() -> None:
    row, line = succession_row(anchors(), "old", "new"), bridge(matrix(0), matrix(1))
    assert {"succession": "s", "dataset": "d", **row}.keys() == set(SUCCESSION.names)
    assert (row["n_systems"], row["n_prompts"], row["n_texts"], row["doubt"]) == (6, 10, 60, None)
    assert (row["slope"], row["intercept"], row["reliability"]) == (line.slope, line.intercept, line.reliability)
    assert row["error"] ** 2 == pytest.approx(line.variance) and not row["exploratory"]
    assert (row["mean_low"], row["mean_high"]) == pytest.approx((30, 72))
    assert (row["words_low"], row["words_high"]) == pytest.approx((100, 1000)), "1st and 99th percentile of words"
    assert (row["languages"], row["categories"]) == (["en", "zh"], ["letter", "story"])
    assert [anchor["model"] for anchor in row["anchors"]] == list(MEANS)
    assert row["anchors"][1]["old"] == pytest.approx(52) and row["anchors"][1]["n"] == 10
    assert bridged(line_of(row), 55, 2) == pytest.approx(bridged(line, 55, 2)), "the table says all of it"


def test_a_bridged_score() -> None:
    row, rows = succession_row(anchors(), "old", "new"), verdicts("n", "new", 58)
    error = float(stats.sem(rows["score_q"]))
    expected = bridged(line_of(row), 58, error)
    assert expected is not None
    got = columns_of(rows)
    assert (got["bridged"], got["bridged_low"], got["bridged_high"]) == pytest.approx(tuple(expected))
    assert (got["bridged_to"], got["bridged_doubt"]) == ("old", None)
    words = f"old would give S_Q {expected.mean:.1f} [{expected.low:.1f}, {expected.high:.1f}]"
    assert bridged_words(got) == words


@pytest.mark.parametrize(
    ("doubt", "rows"),
    [
        ("language", verdicts("n", "new", 58, language="fr")),
        ("category", verdicts("n", "new", 58, category="poem")),
        ("length", verdicts("n", "new", 58, words=1100)),
        ("length", verdicts("n", "new", 58, words=99)),
        ("mean", verdicts("n", "new", 90)),
        ("mean", verdicts("n", "new", 12)),
        ("language, length, mean", verdicts("n", "new", 90, language="fr", words=5000)),
        ("few_prompts", verdicts("n", "new", 58).head(7)),
        ("all_equal", verdicts("n", "new", 58, score_q=58.0)),
    ],
)
def test_what_the_anchors_do_not_cover_is_refused(doubt: str, rows: pd.DataFrame) -> None:
    got = columns_of(rows)
    assert (got["bridged"], got["bridged_low"], got["bridged_high"]) == (None, None, None)
    assert (got["bridged_to"], got["bridged_doubt"]) == ("old", doubt)
    assert (words := bridged_words(got)) is not None and words.startswith("what old would give is not said: ")


def test_one_odd_text_refuses_nothing() -> None:
    rows = verdicts("n", "new", 58).assign(words=500)
    many = pd.concat([rows.assign(prompt_id=rows["prompt_id"] + str(n)) for n in range(3)], ignore_index=True)
    many.loc[0, "words"] = 90_000
    assert columns_of(many)["bridged_doubt"] is None
    many["score_q"] = many["score_q"].where(many.index != 1)
    assert columns_of(many)["bridged_doubt"] is None, "an unread verdict is no score"


def test_percentiles_of_words_say_what_is_covered() -> None:
    several = [(name, table.assign(words=range(10 * i, 10 * i + 30))) for i, (name, table) in enumerate(anchors())]
    row, words = succession_row(several, "old", "new"), [10 * (i + 1) + n for i in range(6) for n in range(10)]
    assert (row["words_low"], row["words_high"]) == pytest.approx((np.percentile(words, 1), np.percentile(words, 99)))
    tens = [100 * n for n in range(1, 11)]
    for shortest, longest, doubt in ((20, 1000, None), (15, 1000, "length"), (100, 1080, None), (100, 1130, "length")):
        rows = verdicts("n", "new", 58).assign(words=[shortest, *tens[1:-1], longest])
        assert columns_of(rows)["bridged_doubt"] == doubt, "5% of the texts lie between the two outermost, at 0.45"


def test_a_mean_that_may_as_well_be_inside_is_not_refused() -> None:
    assert columns_of(verdicts("n", "new", 73))["bridged_doubt"] is None
    assert columns_of(verdicts("n", "new", 29))["bridged_doubt"] is None


def test_few_anchors_are_exploratory_and_fewer_say_nothing() -> None:
    four = succession_row(anchors(dict([*MEANS.items()][1:5])), "old", "new")
    got = columns_of(verdicts("n", "new", 58), four)
    assert got["bridged_doubt"] == "exploratory" and got["bridged_low"] < got["bridged"] < got["bridged_high"]
    assert str(bridged_words(got)).endswith("(exploratory: under 5 anchors)")
    two = succession_row(anchors(dict([*MEANS.items()][:2])), "old", "new")
    assert (two["slope"], two["doubt"], two["n_systems"]) == (None, "few_systems", 2)
    assert two["anchors"][0]["old"] == pytest.approx(40), "their means are shown all the same"
    assert columns_of(verdicts("n", "new", 40), two)["bridged_doubt"] == "few_systems"


def test_nothing_in_common_is_a_row_without_a_line() -> None:
    row = succession_row([("a", verdicts("a", "old", 50)), ("b", verdicts("b", "new", 50))], "old", "new")
    assert (row["n_systems"], row["n_texts"], row["doubt"]) == (0, 0, "few_prompts")
    assert (row["words_low"], row["mean_low"], row["languages"]) == (None, None, [])
    assert [anchor["left_out"] for anchor in row["anchors"]] == ["few_prompts"] * 2


def test_samples_are_averaged_by_prompt_and_a_copy_counts_once() -> None:
    tables = [(name, pd.concat([table, table.assign(sample=1)])) for name, table in anchors()]
    copied = [*tables, ("copy", tables[0][1])]
    row, once = succession_row(copied, "old", "new"), succession_row(anchors(), "old", "new")
    assert row["slope"] == pytest.approx(once["slope"]) and (row["n_systems"], row["n_texts"]) == (6, 120)
    assert row["anchors"][6]["left_out"] == "twice" and row["anchors"][6]["old"] is None
    assert bridged(line_of(row), 55, 2) == pytest.approx(bridged(line_of(once), 55, 2))
