"""Scores by criteria as they are published: weighted means, views, and the mean of a view over prompts."""

from __future__ import annotations

import json
import random
import statistics
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

import show_leaderboard
from longhand.results.statistics import mean_interval, ratio_parts
from longhand.summary.inputs import Source
from longhand.summary.metrics import metric_rows
from longhand.tables.files import Row, read_rows, write_table
from longhand.tables.schemas import JUDGEMENTS, PROMPTS, RESPONSES
from longhand.tables.score_tables import LEADERBOARD, METRICS
from score_metrics import main

HELLOBENCH = {"factor": 400, "offset": -300, "scale": [0, 1]}
WRITINGBENCH = {"factor": 10, "offset": 0, "scale": [1, 10]}
NO_VERDICT = dict.fromkeys(JUDGEMENTS.names) | {"sample": 0, "judge": "j", "repeat": 0, "attempts": 1, "status": "ok"}
Scores = Sequence[float | None]


def criterion(name: str, weight: float = 1.0, views: list[str] | None = None) -> Row:
    return {"name": name, "description": None, "levels": None, "values": None, "weight": weight, "views": views}


def prompt(name: str, criteria: list[Row] | None, category: str | None = None) -> Row:
    row = {"prompt_id": name, "prompt": "Write.", "language": "en", "criteria": criteria, "category": category}
    return dict.fromkeys(PROMPTS.names) | row


def verdicts(name: str, *repeats: Scores) -> list[Row]:
    """Of a response: the scores of its criteria, of each repeat."""
    return [
        NO_VERDICT | {"prompt_id": name, "repeat": repeat, "dimension": str(position), "score": score}
        for repeat, scores in enumerate(repeats)
        for position, score in enumerate(scores, 1)
    ]


def measured(folder: Path, prompts: list[Row], judged: list[Row], way: object) -> list[Row]:
    write_table(folder / "prompts.parquet", prompts, PROMPTS, "test")
    write_table(folder / "responses.parquet", [], RESPONSES, "test")
    write_table(folder / "j.parquet", judged, JUDGEMENTS, "test")
    main(
        prompts=folder / "prompts.parquet",
        responses=folder / "responses.parquet",
        judgements=[folder / "j.parquet"],
        published=json.dumps(way),
        out=folder / "m/metrics.parquet",
    )
    return list(read_rows(folder / "m/metrics.parquet", METRICS))


def test_a_weighted_mean_is_published_with_factor_and_offset(tmp_path: Path) -> None:
    """HelloBench: the weights sum to 100, and (sum of weight x value - 75) x 4 is what it publishes."""
    criteria = [criterion("1", 60), criterion("2", 30), criterion("3", 10)]
    prompts = [prompt("a", criteria), prompt("b", criteria), prompt("c", criteria)]
    judged = [*verdicts("a", [1, 0.5, 0.25]), *verdicts("b", [0, 0, 0]), *verdicts("c", [1, None, 1])]
    rows = measured(tmp_path, prompts, judged, HELLOBENCH)
    of_a = (60 * 1 + 30 * 0.5 + 10 * 0.25 - 75) * 4
    assert [(row["prompt_id"], row["metric"], row["value"]) for row in rows] == [
        ("a", "published", pytest.approx(of_a)),
        ("b", "published", -300),
        ("c", "published", None),
    ]
    assert {(row["weight"], row["lowest"], row["highest"]) for row in rows} == {(None, -300, 100)}


def test_repeats_are_averaged_first_and_each_criterion_needs_one(tmp_path: Path) -> None:
    prompts = [prompt("a", [criterion("x"), criterion("y", 3)]), prompt("b", [criterion("x"), criterion("y", 3)])]
    judged = [*verdicts("a", [2, None], [4, 8]), *verdicts("b", [2, None], [4, None])]
    rows = measured(tmp_path, prompts, judged, WRITINGBENCH)
    assert [row["value"] for row in rows] == [10 * (3 + 3 * 8) / 4, None]


def test_a_view_is_of_the_same_verdicts_and_counts_criteria(tmp_path: Path) -> None:
    """WritingBench: R averages rows, C averages the criteria about length of all rows."""
    names = [criterion("a"), criterion("b", views=["C"]), criterion("c", views=["C", "D"])]
    prompts = [prompt("p", names), prompt("q", [criterion("a", views=["C"]), criterion("b")]), prompt("r", names[:1])]
    judged = [*verdicts("p", [9, 2, 4]), *verdicts("q", [9, 1]), *verdicts("r", [5])]
    rows = measured(tmp_path, prompts, judged, WRITINGBENCH)
    of_view = [(row["prompt_id"], row["metric"], row["value"], row["weight"]) for row in rows]
    assert of_view == [
        ("p", "published", 50, None),
        ("p", "published C", 30, 2),
        ("p", "published D", 40, 1),
        ("q", "published", 50, None),
        ("q", "published C", 90, 1),
        ("r", "published", 50, None),
    ]
    shown = {row["metric"]: row for row in metric_rows([Source(tmp_path / "m/metrics.parquet", "d", "m")], None)}
    assert shown["published"]["mean"] == 50 and shown["published C"]["mean"] == pytest.approx(10 * (2 + 4 + 9) / 3)
    assert (shown["published C"]["n"], shown["published C"]["n_prompts"]) == (2, 2)


def test_the_terminal_weighs_as_the_report_does(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    names = [criterion("a", views=["C"]), criterion("b", views=["C"])]
    prompts = [prompt("p", names), prompt("q", [criterion("a", views=["C"])])]
    measured(tmp_path, prompts, [*verdicts("p", [1, 3]), *verdicts("q", [8])], WRITINGBENCH)
    write_table(tmp_path / "board.parquet", [], LEADERBOARD, "test")
    capsys.readouterr()
    show_leaderboard.main(leaderboard=tmp_path / "board.parquet", metrics=[tmp_path / "m/metrics.parquet"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(": ")[1] for line in lines] == [
        "published (judge j) 50.0, n 2",
        "published C (judge j) 40.0, n 2",
    ]


@pytest.mark.parametrize(("few", "doubt"), [(1, "few_zeros"), (4, None)])
def test_a_zero_of_a_view_is_a_lowest_score_whatever_it_weighs(tmp_path: Path, few: int, doubt: str | None) -> None:
    """Two prompts with a score that is far below the others': 1 is the lowest, 4 is not."""
    names = [criterion("a", views=["C"]), criterion("b", views=["C"])]
    scores = [[9, 9], *([8 + number % 2] for number in range(27)), [few, few], [few]]
    prompts = [prompt(f"p{number}", names[: len(each)]) for number, each in enumerate(scores)]
    judged = [row for number, each in enumerate(scores) for row in verdicts(f"p{number}", each)]
    measured(tmp_path, prompts, judged, WRITINGBENCH)
    shown = {row["metric"]: row for row in metric_rows([Source(tmp_path / "m/metrics.parquet", "d", "m")], None)}
    assert [shown[name]["doubt"] for name in ("published", "published C")] == [doubt, doubt]


def test_means_by_category_have_intervals_on_the_published_scale(tmp_path: Path) -> None:
    """Both categories by hand; an interval may go below 0, and ends where the scale ends."""
    draw, scores = random.Random(4), dict[str, float]()
    prompts, judged = [], []
    for number in range(24):
        name, category = f"p{number}", "poem" if number < 12 else "letter"
        scores[name] = draw.choice([0.25, 0.5]) if category == "poem" else draw.choice([0.75, 1, 1, 1])
        prompts.append(prompt(name, [criterion("1")], category))
        judged += verdicts(name, [scores[name]])
    measured(tmp_path, prompts, judged, HELLOBENCH)
    shown = list(metric_rows([Source(tmp_path / "m/metrics.parquet", "d", "m")], tmp_path / "prompts.parquet"))
    for row in shown:
        chosen = [each["prompt_id"] for each in prompts if row["all"] or each["category"] == row["category"]]
        values = [400 * scores[name] - 300 for name in chosen]
        reach = {24: 2.0687, 12: 2.2010}[len(values)] * statistics.stdev(values) / len(values) ** 0.5
        mean = statistics.mean(values)
        assert row["mean"] == pytest.approx(mean) and row["low"] == pytest.approx(mean - reach, abs=0.01)
        assert row["high"] == pytest.approx(min(100, mean + reach), abs=0.01)
    assert [row["category"] for row in shown] == [None, "letter", "poem"] and shown[2]["low"] < shown[2]["high"] < 0


def test_the_error_of_a_weighted_mean_is_that_of_the_ratio() -> None:
    """Against the textbook's formula, and where all weights are alike against the plain mean."""
    values, weights = np.array([3.0, 8, 5, 9, 2, 7, 6, 4, np.nan]), np.array([1.0, 2, 1, 1, 3, 1, 2, 1, 5])
    y, w = values[:-1], weights[:-1]
    ratio = (w * y).sum() / w.sum()
    error = np.sqrt(8 / 7 * (w**2 * (y - ratio) ** 2).sum()) / w.sum()
    of = mean_interval(ratio_parts(values, weights))
    assert of.mean == pytest.approx(ratio) and of.n == 8
    assert of.high is not None and of.high - ratio == pytest.approx(2.36462 * error, rel=1e-4)
    assert ratio_parts(values, np.full(9, 7.0))[:-1] == pytest.approx(y)


def test_intervals_of_a_view_hold() -> None:
    """Rows of 1 to 3 criteria whose scores depend on their number: intervals hold the true ratio."""
    random_numbers, held = np.random.default_rng(3), 0
    truth = sum(share * n * (40 + 10 * n) for n, share in ((1, 0.6), (2, 0.3), (3, 0.1))) / (0.6 + 0.6 + 0.3)
    for _ in range(400):
        weights = random_numbers.choice([1.0, 2.0, 3.0], size=60, p=[0.6, 0.3, 0.1])
        values = 40 + 10 * weights + random_numbers.normal(0, 12 / np.sqrt(weights))
        of = mean_interval(ratio_parts(values, weights))
        assert of.low is not None and of.high is not None
        held += of.low <= truth <= of.high
    assert 368 <= held <= 392
