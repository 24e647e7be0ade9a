"""Joining, coverage, means and what missing verdicts do to them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import build_leaderboard
from longhand.program.errors import LonghandError
from longhand.results.leaderboard import leaderboard_rows
from longhand.results.scores import check_coverage, join_scores, range_label, slice_order
from longhand.tables.files import read_rows, write_table
from longhand.tables.schemas import JUDGEMENTS, PROMPTS, RESPONSES, TRACES
from longhand.tables.score_tables import LENGTHS, SCORES, with_dimensions

DIMENSIONS = ["Clarity", "Accuracy"]


def rows_of(schema: pa.Schema, rows: list[dict]) -> pa.Table:
    return pa.Table.from_pylist([dict.fromkeys(schema.names) | row for row in rows], schema=schema)


def tables(
    scores: dict[str, list[float | None]],
    judges: tuple[str, ...] = ("j",),
    repeats: int = 1,
    dimensions: Sequence[str] = DIMENSIONS,
    required: Sequence[dict[str, int]] = (),
) -> pa.Table:
    """Scores of prompts a, b, c …: per prompt a score for each dimension on 0-100, or None for an unread verdict."""
    names = list(scores)
    required = required or [{"required": 100 * i} for i in range(1, len(names) + 1)]
    prompts = [{"prompt_id": n, "prompt": n, "language": "en"} | of for n, of in zip(names, required, strict=True)]
    responses = [{"prompt_id": n, "sample": 0, "status": "ok", "attempts": 1, "model": "m"} for n in names]
    lengths = [{"prompt_id": n, "sample": 0, "score_l": 80.0} for n in names]
    words = {"words": 9, "words_longbench_write": 9, "words_longen": 9}
    verdicts = [
        {
            "prompt_id": name,
            "sample": 0,
            "judge": judge,
            "repeat": repeat,
            "dimension": dimension,
            "score_100": score,
            "status": "unparsed" if score is None else "ok",
            "attempts": 1,
            "prompt_tokens": 10 if dimension == dimensions[0] else None,
            "completion_tokens": 3 if dimension == dimensions[0] else None,
        }
        for judge in judges
        for name, values in scores.items()
        for repeat in range(repeats)
        for dimension, score in zip(dimensions, values, strict=True)
    ]
    judgements = [rows_of(JUDGEMENTS, [v for v in verdicts if v["judge"] == judge]) for judge in judges]
    return join_scores(
        rows_of(PROMPTS, prompts),
        rows_of(RESPONSES, responses),
        rows_of(LENGTHS, [row | words for row in lengths]),
        judgements,
        dict.fromkeys(judges, dimensions),
        [0, 200],
    )


@pytest.mark.parametrize("label", ["[draft] letter", "[", "[,", "[1e999,2)", "[x,y)", "", "[500,2000", "[nan,∞)"])
def test_categories_may_look_like_ranges(label: str) -> None:
    assert sorted([label, "[2000,∞)", "[500,2000)", "[0,500)"], key=slice_order)[1:] in (
        ["[0,500)", "[500,2000)", "[2000,∞)"],
        [label, "[500,2000)", "[2000,∞)"],
    )


def board(scores: pa.Table, missing: str = "exclude", **prices: dict) -> dict:
    dimensions = scores.schema.names[len(SCORES) :]
    judges = [judge for judge in scores["judge"].unique().to_pylist() if judge]
    rows = leaderboard_rows(
        "d",
        [("m", scores.to_pandas())],
        dict.fromkeys(judges, dimensions),
        missing=missing,
        prices={},
        judge_prices=prices,
    )
    return next(row for row in rows if row["slice_kind"] == "all")


def test_a_row_has_the_mean_of_its_dimensions_and_of_length_and_quality() -> None:
    (row,) = tables({"a": [50, 100]}).to_pylist()
    assert (row["Clarity"], row["Accuracy"], row["score_q"], row["score"]) == (50, 100, 75, 77.5)
    assert (row["judge"], row["judge_status"], row["range"], row["judge_prompt_tokens"]) == ("j", "ok", "[0,200)", 10)
    assert (row["required"], row["judge_completion_tokens"]) == (100, 3)


def test_a_range_of_words_counts_as_its_middle_and_a_bound_as_itself() -> None:
    wanted = [{"required_min": 100, "required_max": 400}, {"required_min": 150}, {"required_max": 300}]
    rows = tables({"a": [50, 50], "b": [50, 50], "c": [50, 50]}, required=wanted).to_pylist()
    assert [(row["required"], row["range"]) for row in rows] == [
        *((250, "[200,∞)"), (150, "[0,200)"), (300, "[200,∞)"))
    ]


def test_an_unread_verdict_is_no_number() -> None:
    (row,) = tables({"a": [None, None]}).to_pylist()
    assert (row["score_q"], row["score"], row["judge_status"], row["score_l"]) == (None, None, "unparsed", 80)


def test_a_verdict_that_lacks_a_dimension_is_not_counted_as_read() -> None:
    table = tables({"a": [50, None], "b": [100, 100]})
    assert [(row["score_q"], row["judge_status"]) for row in table.to_pylist()] == [(None, "unparsed"), (100, "ok")]
    assert board(table)["n_judged"] == 1
    with pytest.raises(LonghandError, match=r"only 1 of 2 responses have a readable verdict \(1 unparsed\)"):
        check_coverage(table, 0.95)


def test_equal_means_of_different_scores_are_equal() -> None:
    """A seventh of faithfulness: added in another order it differs in the last digit, and a tie would be a pair."""
    grades = {"a": [0, 0, 100 / 7, 100], "b": [0, 20, 100 / 7, 80]}
    assert np.mean(grades["a"]) != np.mean(grades["b"])
    first, second = tables(grades, dimensions="hlfc")["score_q"].to_pylist()
    assert first == second == pytest.approx(800 / 28)


def test_judges_are_kept_apart_and_without_any_lengths_remain() -> None:
    both = tables({"a": [50, 50], "b": [100, 100]}, judges=("j", "k"))
    assert [(r["judge"], r["prompt_id"]) for r in both.to_pylist()] == [("j", "a"), ("j", "b"), ("k", "a"), ("k", "b")]
    alone = tables({"a": [50, 50]}, judges=())
    (row,) = alone.to_pylist()
    assert (row["judge"], row["score_q"], row["score_l"]) == (None, None, 80)
    assert (board(alone)["score_l"], board(alone)["score_q"], board(alone)["n_judged"]) == (80, None, 0)


@pytest.mark.parametrize(("missing", "n", "quality"), [("exclude", 3, 75), ("neutral", 3, 200 / 3), ("drop", 2, 75)])
def test_missing_verdicts(missing: str, n: int, quality: float) -> None:
    row = board(tables({"a": [50, 50], "b": [100, 100], "c": [None, None]}), missing)
    assert (row["n"], row["n_judged"], row["n_scored_l"]) == (3, 2, n)
    assert row["judge_prompt_tokens"] == 30, "what is left out of the means was paid for all the same"
    assert (row["score_q"], row["Clarity"]) == (pytest.approx(quality), pytest.approx(quality))
    assert row["score"] == pytest.approx((row["score_l"] + row["score_q"]) / 2)


def test_cost_is_given_only_where_there_is_a_price() -> None:
    scores = tables({"a": [50, 50]})
    assert board(scores)["judge_cost"] is None
    table = scores.set_column(
        scores.schema.get_field_index("judge_completion_tokens"), "judge_completion_tokens", pa.array([5], pa.int64())
    )
    assert board(table, j={"input": 1.0, "output": 2.0})["judge_cost"] == pytest.approx((10 + 2 * 5) / 1e6)


def test_too_few_readable_verdicts_are_an_error() -> None:
    scores = tables({"a": [50, 50], "b": [None, None]})
    check_coverage(scores, 0.5)
    with pytest.raises(LonghandError, match=r"only 1 of 2 responses have a readable verdict \(1 unparsed\) \(judge j"):
        check_coverage(scores, 0.95)


def test_responses_that_never_came_count_against_the_coverage() -> None:
    """Three of four are judged, and all that there is to judge was read."""
    scores = tables({n: [50, 50] for n in "abcd"})
    for name, value in (("status", "failed"), ("judge_status", "no_response")):
        place, column = scores.schema.get_field_index(name), scores[name].to_pylist()
        scores = scores.set_column(place, scores.schema.field(name), pa.array([value, *column[1:]]))
    check_coverage(scores, 0.75)
    with pytest.raises(LonghandError, match=r"only 3 of 4 responses have a readable verdict \(1 without a response\)"):
        check_coverage(scores, 0.8)
    empty = scores.set_column(place - 1, scores.schema.field("status"), pa.array(["empty", *["ok"] * 3]))
    check_coverage(empty, 1.0)


def test_tables_of_different_runs_are_not_joined() -> None:
    with pytest.raises(LonghandError, match="do not hold the same rows"):
        join_scores(
            rows_of(PROMPTS, [{"prompt_id": "a", "prompt": "a", "language": "en"}]),
            rows_of(RESPONSES, [{"prompt_id": "b", "sample": 0, "status": "ok", "attempts": 1, "model": "m"}]),
            rows_of(LENGTHS, []),
            [],
            {},
            [0],
        )


@pytest.mark.parametrize(
    ("length", "label"), [(0, "[0,500)"), (499, "[0,500)"), (500, "[500,2000)"), (9e9, "[2000,∞)"), (None, None)]
)
def test_ranges(length: float | None, label: str | None) -> None:
    assert range_label(length, [0, 500, 2000]) == label
    assert range_label(5, [10]) is None


def test_samples_of_a_prompt_count_as_one() -> None:
    one = tables({"a": [0, 0], "b": [100, 100]}).to_pandas()
    many = pd.concat([one, one.iloc[[0]].assign(sample=1), one.iloc[[0]].assign(sample=2)])
    (overall, *_) = leaderboard_rows(
        "d", [("m", many)], {"j": DIMENSIONS}, missing="exclude", prices={}, judge_prices={}
    )
    assert (overall["score_q"], overall["n"]) == (50, 4), "three samples of a bad answer are no three prompts"


def test_calls_of_another_entry_cost_what_that_entry_costs() -> None:
    """A row's tokens are of all its calls; those that another entry plans are paid for at its price."""
    scores = tables({"a": [50, 100], "b": [50, 100], "c": [50, 100]}).to_pandas()
    scores = scores.assign(prompt_tokens=[100, 200, 300], completion_tokens=[1000, 2000, 3000])
    calls = {"prompt_id": ["a", "a", "c"], "sample": 0, "prompt_tokens": [30, 30, 7], "completion_tokens": [400, 50, 9]}
    some = {"missing": "exclude", "judge_prices": {}, "helped": {"m": {"p": pd.DataFrame(calls)}}}
    prices = {"m": {"input": 10.0, "output": 100.0}, "p": {"input": 1.0, "output": 2.0}}
    rows = {
        row["slice"]: row
        for row in leaderboard_rows("d", [("m", scores)], {"j": DIMENSIONS}, prices=prices, **some)
        if row["judge"]
    }
    by_hand = ((600 - 67) * 10 + (6000 - 459) * 100 + 67 * 1 + 459 * 2) / 1e6
    assert rows["all"]["cost"] == pytest.approx(by_hand)
    assert (rows["all"]["prompt_tokens"], rows["all"]["completion_tokens"]) == (600, 6000)
    first = (100 - 60) * 10 + (1000 - 450) * 100 + 60 * 1 + 450 * 2  # [0,200): prompt a alone
    assert rows["[0,200)"]["cost"] == pytest.approx(first / 1e6)
    for unknown in ("m", "p"):
        unpriced = leaderboard_rows("d", [("m", scores)], {"j": DIMENSIONS}, prices=prices | {unknown: None}, **some)
        assert {row["cost"] for row in unpriced if row["slice"] == "all"} == {None}


def test_the_step_takes_the_calls_of_others_from_the_traces(tmp_path: Path) -> None:
    calls = [
        {"role": role, "step": role, "number": 0, "status": "ok", "attempts": 1, "prompt_tokens": n_in}
        | {"prompt_id": "a", "sample": 0, "completion_tokens": n_out}
        for role, n_in, n_out in (("planner", 40, 300), ("writer", 60, 700), ("planner", None, None))
    ]
    rows = [row | {"prompt_tokens": 100, "completion_tokens": 1000} for row in tables({"a": [50, 100]}).to_pylist()]
    schema = with_dimensions(SCORES, DIMENSIONS)
    for model in ("m", "alone"):
        write_table(tmp_path / "d" / model / "scores.parquet", rows, schema, "join_scores")
    write_table(tmp_path / "d/m/traces.parquet", rows_of(TRACES, calls).to_pylist(), TRACES, "collect_traces")
    price = {"input": 10.0, "output": 100.0}
    build_leaderboard.main(
        scores=[tmp_path / "d" / model / "scores.parquet" for model in ("m", "alone")],
        traces=[tmp_path / "d/m/traces.parquet"],
        helpers=json.dumps({"m": {"planner": "p"}}),
        dimensions=json.dumps({"d": {"j": DIMENSIONS}}),
        missing="exclude",
        prices=json.dumps({"m": price, "alone": price, "p": {"input": 1.0, "output": 2.0}}),
        judge_prices=json.dumps({"j": None}),
        out=tmp_path / "board.parquet",
        csv=tmp_path / "board.csv",
        markdown=tmp_path / "board.md",
    )
    costs = {row["model"]: row["cost"] for row in read_rows(tmp_path / "board.parquet") if row["slice"] == "all"}
    written = (60 * 10 + 700 * 100) / 1e6
    assert costs == pytest.approx({"m": written + (40 * 1 + 300 * 2) / 1e6, "alone": (100 * 10 + 1000 * 100) / 1e6})
