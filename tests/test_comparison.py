"""A model before and after training, on the same prompts."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from longhand.report.comparisons import read_comparisons
from longhand.results.comparison import comparison_rows
from longhand.tables.files import write_table
from longhand.tables.score_tables import COMPARISON


def scores(values: dict[str, float | None], judge: str | None = "j", **columns: object) -> pd.DataFrame:
    """One sample per prompt, 100 to 1,000 words required."""
    rows = [
        {"prompt_id": name, "sample": 0, "judge": judge, "range": "[0,500)" if i % 2 else "[500,1500)"}
        | {"required": 100 if i % 2 else 1000, "score_l": value, "score_q": 50.0}
        | columns
        for i, (name, value) in enumerate(values.items())
    ]
    return pd.DataFrame(rows).astype({"score_l": float, "score_q": float})


def compared(before: pd.DataFrame, after: pd.DataFrame, missing: str = "exclude") -> dict[tuple[str, str], dict]:
    return {(row["slice"], row["metric"]): row for row in comparison_rows(before, after, missing)}


def test_differences_are_of_the_same_prompts() -> None:
    before = scores({"a": 10.0, "b": 20.0, "gone": 90.0, "unscored": None})
    after = scores({"b": 26.0, "a": 12.0, "new": 0.0, "unscored": 3.0})
    row = compared(before, after)["all", "score_l"]
    assert (row["n"], row["mean_before"], row["mean_after"], row["difference"]) == (2, 15.0, 19.0, 4.0)
    assert row["judge"] == "j"


def test_the_interval_is_of_the_differences_and_not_of_the_prompts() -> None:
    rng = np.random.default_rng(1)
    hard = {f"p{i}": float(value) for i, value in enumerate(rng.uniform(0, 100, 60))}
    gained = {name: value + float(rng.normal(3, 1)) for name, value in hard.items()}
    row = compared(scores(hard), scores(gained))["all", "score_l"]
    assert 2.5 < row["low"] < row["difference"] < row["high"] < 3.5, "prompts differ by tens, differences by one"
    same = compared(scores(hard), scores(hard))["all", "score_l"]
    assert (same["difference"], same["low"], same["high"]) == (0, 0, 0)


def test_short_ranges_are_always_there() -> None:
    rows = compared(scores({"a": 1.0, "b": 2.0, "c": 3.0}), scores({"a": 2.0, "b": 4.0, "c": 6.0}))
    labels = list(dict.fromkeys(label for label, _ in rows))
    assert labels == ["all", "[0,500)", "[500,1500)", "[500,2000)"], "ours, and the two that are always compared"
    assert rows["[0,500)", "score_l"]["difference"] == 2.0 and rows["[0,500)", "score_l"]["guard"]
    assert rows["[500,2000)", "score_l"]["n"] == 2 and not rows["[500,1500)", "score_l"]["guard"]
    long = compared(*(scores({"a": 1.0}, required=9000, range="[4000,∞)") for _ in range(2)))
    assert (long["[0,500)", "score_l"]["n"], long["[0,500)", "score_l"]["difference"]) == (0, None)


def test_samples_are_averaged_and_the_mean_score_is_that_of_both() -> None:
    before = pd.concat([scores({"a": 10.0, "b": 10.0}), scores({"a": 30.0, "b": 30.0})])
    row = compared(before, scores({"a": 40.0, "b": 20.0}))
    assert row["all", "score_l"]["mean_before"] == 20.0
    assert row["all", "score"]["difference"] == pytest.approx((10.0 + 0.0) / 2)


def test_unread_verdicts_count_as_on_the_leaderboard() -> None:
    before, after = scores({"a": 1.0, "b": 2.0}), scores({"a": 1.0, "b": 2.0})
    after.loc[0, "score_q"] = math.nan
    assert compared(before, after)["all", "score_q"]["n"] == 1
    assert compared(before, after, "neutral")["all", "score_q"]["n"] == 2
    assert compared(before, after, "drop")["all", "score_l"]["n"] == 1


def test_without_a_judge_lengths_are_compared() -> None:
    rows = compared(scores({"a": 1.0, "b": 1.0}, judge="j"), scores({"a": 2.0, "b": 2.0}, None, score_q=math.nan))
    assert rows["all", "score_l"]["difference"] == 1.0 and rows["all", "score_q"]["n"] == 0
    assert rows["all", "score"]["difference"] is None and rows["all", "score_l"]["judge"] is None


def test_the_page_shows_signs_and_ranges_that_nobody_asked_for(tmp_path: Path) -> None:
    names = {"dataset": "d", "model": "after", "before": "before"}
    rows = comparison_rows(scores({"a": 50.0, "b": 50.0}), scores({"a": 10.0, "b": 10.0}), "exclude")
    write_table(tmp_path / "comparison.parquet", [names | row for row in rows], COMPARISON, "compare_models")
    (shown,) = read_comparisons(tmp_path / "comparison.parquet")
    assert (shown.before, shown.model, shown.judge) == ("before", "after", "j")
    lines = {line["slice"]: line for line in shown.lines}
    length = dict(zip(shown.metrics, lines["all"]["cells"], strict=True))["score_l"]
    assert length == {
        "before": "50.0",
        "after": "10.0",
        "difference": "−40.0",
        "interval": "[−40.0, −40.0]",
        "sure": True,
    }
    assert lines["[500,2000)"]["guard"] and lines["[0,500)"]["n"] == 1
