"""Scores of responses by the criteria of their prompts: weighted, repeats first, and unread where one criterion is."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from test_scores import rows_of

import build_leaderboard
from longhand.ask.unreadable import Unreadable
from longhand.preferences.noise import measured_noise
from longhand.program.errors import LastingError, LonghandError
from longhand.results.prompt_means import counted_rows
from longhand.results.quality import mean_quality
from longhand.results.repeats import repeats_of
from longhand.results.scores import check_coverage, join_scores
from longhand.tables.coverage import Coverage
from longhand.tables.files import Row, read_rows, write_table
from longhand.tables.schemas import JUDGEMENTS, PROMPTS, RESPONSES
from longhand.tables.score_tables import LENGTHS, SCORES, with_dimensions

WEIGHTS = {"a": [1.0, 3.0], "b": [20.0, 30.0, 50.0], "c": [1.0]}
"""Prompt -> weights of its criteria: not each has as many."""
GIVEN: dict[str, list[list[float | None]]] = {
    "a": [[100, 0], [50, 20]],  # (75 + 3 * 10) / 4
    "b": [[0, 100, 50], [None, 100, 50]],  # (0 + 30 * 100 + 50 * 50) / 100
    "c": [[None], [None]],
}
"""Prompt -> repeat -> a score for each criterion on 0-100."""
SCORE_Q = {"a": 26.25, "b": 55.0, "c": None}


def verdicts(given: dict[str, list[list[float | None]]] = GIVEN, judge: str = "j", **columns: object) -> list[Row]:
    return [
        dict.fromkeys(JUDGEMENTS.names)
        | {"prompt_id": prompt, "sample": 0, "judge": judge, "repeat": repeat, "dimension": str(place)}
        | {"weight": weight, "score_100": score, "status": "unparsed" if score is None else "ok", "attempts": 1}
        | columns
        for prompt, repeats in given.items()
        for repeat, scores in enumerate(repeats)
        for place, (weight, score) in enumerate(zip(WEIGHTS[prompt], scores, strict=True), 1)
    ]


def scores(*judgements: list[Row], **dimensions: list[str]) -> pa.Table:
    """The scores of three responses of 80 points for their length."""
    words = {"words": 9, "words_longbench_write": 9, "words_longen": 9, "score_l": 80.0}
    keys = [{"prompt_id": name, "sample": 0} for name in WEIGHTS]
    return join_scores(
        rows_of(PROMPTS, [{**key, "prompt": "Write.", "language": "en"} for key in keys]),
        rows_of(RESPONSES, [{**key, "status": "ok", "attempts": 1, "model": "m"} for key in keys]),
        rows_of(LENGTHS, [key | words for key in keys]),
        [rows_of(JUDGEMENTS, rows) for rows in judgements],
        dimensions or {"j": []},
        [0],
    )


def test_s_q_is_the_mean_by_weights_of_the_mean_over_repeats() -> None:
    table = scores(verdicts())
    assert table.schema == with_dimensions(SCORES, []), "no column per criterion"
    assert {row["prompt_id"]: row["score_q"] for row in table.to_pylist()} == SCORE_Q
    assert [row["judge_status"] for row in table.to_pylist()] == ["ok", "ok", "unparsed"]


def test_equal_means_of_different_scores_are_a_tie() -> None:
    """In floating point their last digits differ: 27.5 / 23.3 by two ways."""
    given = {"one": (0.0, 0.0, 0.0, 25.0), "other": (25.0, 0.0, 100.0, 0.0)}
    rows = [
        {"response": name, "weight": weight, "score_100": score}
        for name, of_response in given.items()
        for weight, score in zip((0.3, 21.7, 0.2, 1.1), of_response, strict=True)
    ]
    means = mean_quality(pd.DataFrame(rows), ["response"])
    assert means["one"] == means["other"]


def test_one_criterion_without_a_score_leaves_the_response_without_one() -> None:
    given = GIVEN | {"a": [[100, None], [50, None]]}
    table = scores(verdicts(given))
    assert [row["score_q"] for row in table.to_pylist()] == [None, 55.0, None]
    with pytest.raises(LonghandError, match=r"only 1 of 3 responses have a readable verdict \(2 unparsed\)"):
        check_coverage(table, 0.5)
    check_coverage(table, 0.3)


def test_a_judge_by_dimensions_beside_one_by_criteria() -> None:
    by_rubric = [
        {"prompt_id": prompt, "sample": 0, "judge": "r", "repeat": 0, "dimension": name, "score_100": score}
        | {"status": "ok", "attempts": 1}
        for prompt in WEIGHTS
        for name, score in (("Wit", 40.0), ("Depth", 60.0))
    ]
    table = scores(verdicts(), by_rubric, j=[], r=["Wit", "Depth"])
    assert [(row["judge"], row["score_q"], row["Wit"]) for row in table.to_pylist()] == [
        *(("j", score, None) for score in SCORE_Q.values()),
        *[("r", 50.0, 40.0)] * 3,
    ]


def test_the_leaderboard_counts_and_bounds_unread_rows(tmp_path: Path) -> None:
    table = tmp_path / "d/m/scores.parquet"
    write_table(table, scores(verdicts()).to_pylist(), SCORES, "join_scores")
    build_leaderboard.main(
        scores=[table],
        dimensions=json.dumps({"d": {"j": []}}),
        missing="exclude",
        prices="{}",
        judge_prices="{}",
        out=tmp_path / "board.parquet",
        csv=tmp_path / "board.csv",
        markdown=tmp_path / "board.md",
    )
    (row,) = [row for row in read_rows(tmp_path / "board.parquet") if row["slice_kind"] == "all"]
    assert (row["n"], row["n_judged"], row["n_unread"]) == (3, 2, 1)
    assert row["score_q"] == pytest.approx((26.25 + 55) / 2)
    assert row["score_q_worst"] == pytest.approx((26.25 + 55) / 3)
    assert row["score_q_best"] == pytest.approx((26.25 + 55 + 100) / 3)


def test_the_noise_of_repeats_is_that_of_the_weighted_mean() -> None:
    frame = rows_of(JUDGEMENTS, verdicts()).to_pandas().assign(model="m")
    # a: 25 and 27.5, whose variance is 3.125; b and c have no second verdict that could be read.
    noise = measured_noise(frame, {"length": 0, "quality": 1})
    assert noise is not None and (noise.responses, noise.freedom) == (1, 1)
    assert noise.deviation == pytest.approx(np.sqrt(3.125 / 2))
    repeats = repeats_of({"m": frame}, ["m"], ["a", "b", "c"])
    assert repeats is not None and repeats.number == 2
    assert repeats.variance[0] == pytest.approx([3.125 / 2, np.nan, np.nan], nan_ok=True)


def test_neutral_fills_the_response_and_no_criterion() -> None:
    rows = counted_rows(scores(verdicts()).to_pandas(), ["score_q"], "neutral")
    assert rows["score_q"].tolist() == [26.25, 55.0, 50.0]


def test_a_log_counts_responses_and_those_that_were_cut() -> None:
    coverage = Coverage()
    for row in verdicts():
        coverage.add(row | {"words_cut": 7 if row["prompt_id"] == "b" else None})
    assert str(coverage) == "3 ok, 3 unparsed; 1 of 3 responses were cut for the judge"


def test_criteria_of_different_prompts_are_not_one_dimension() -> None:
    """The judge reads most criteria; that the first of eight prompts is unread says nothing of it."""
    unreadable = Unreadable("j", "d/m/000", 100)
    for number in range(20):
        rows = verdicts({"a": [[None, 50.0]]}, reply="Well.", error="no score")
        unreadable.note([row | {"prompt_id": f"p{number}"} for row in rows])
    unreadable = Unreadable("j", "d/m/000", 100)
    with pytest.raises(LastingError, match="none of 16 replies on 8 responses can be read: one begins 'Well.'"):
        for number in range(20):
            rows = verdicts({"a": [[None, None]]}, reply="Well.", error="no score", requests=["x"])
            unreadable.note([row | {"prompt_id": f"p{number}"} for row in rows])
    unreadable = Unreadable("j", "d/m/000", 100)
    # All criteria in one call, which was made three times.
    with pytest.raises(LastingError, match="none of 24 replies on 8 responses"):
        for number in range(20):
            rows = verdicts({"a": [[None, None]]}, reply="Well.", attempts=3)
            paid = [["x", "y", "z"], []]
            keys = [{"prompt_id": f"p{number}", "requests": ids} for ids in paid]
            unreadable.note([row | key for row, key in zip(rows, keys, strict=True)])
