"""Judges of different methods on one dataset: each has scores in its own dimensions, in every table and export."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from test_scores import rows_of

import build_leaderboard
import collect_candidates
import export_eval_quality
import join_scores
from longhand.program.errors import LonghandError
from longhand.report.board import boards
from longhand.report.marks import marks_of
from longhand.report.wording import flags, gaps
from longhand.tables.coverage import Coverage
from longhand.tables.files import Row, read_rows, write_table
from longhand.tables.schemas import JUDGEMENTS, PROMPTS, RESPONSES
from longhand.tables.score_tables import LENGTHS
from show_leaderboard import main as show_leaderboard

RUBRIC = ["Clarity", "Accuracy"]
REWARD = ["helpfulness", "logicality", "faithfulness", "completeness"]
DIMENSIONS = {"grader": RUBRIC, "reader": REWARD}
SCORES_OF_GRADER = {"a": [50, 100], "b": [25, 75], "c": [None, None], "d": [0, 0]}
SCORES_OF_READER = {"a": [90, 80, 70, 60], "b": [40, None, 30, 20], "c": [10, 20, None, 40], "d": [100] * 4}
"""On 0-100. The grader could not be read on c, the reader not on the logicality of b; c states nothing."""


def verdicts(judge: str, scores: dict[str, list[float | None]], unread: dict[str, str]) -> list[Row]:
    """Rows of judgements; `unread`: the status of a prompt's rows without a score, unparsed where it is not named."""
    return [
        {"prompt_id": name, "sample": 0, "judge": judge, "repeat": 0, "dimension": dimension, "score_100": score}
        | {"status": unread.get(name, "unparsed") if score is None else "ok", "attempts": 1}
        for name, values in scores.items()
        for dimension, score in zip(DIMENSIONS[judge], values, strict=True)
    ]


def of_reader(scores: dict[str, list[float | None]] = SCORES_OF_READER) -> list[Row]:
    return verdicts("reader", scores, {"c": "no_statements"})


def joined(folder: Path, missing: str = "neutral", min_coverage: float = 0.0, reader: list[Row] | None = None) -> Path:
    """Writes the tables of one model; `reader`: the rows of that judge."""
    home = folder / "d/m"
    judgements = {"grader": verdicts("grader", SCORES_OF_GRADER, {}), "reader": reader or of_reader()}
    names = [*SCORES_OF_GRADER]
    words = {"words": 9, "words_longbench_write": 9, "words_longen": 9, "sample": 0}
    tables = {
        home.parent / "prompts.parquet": (PROMPTS, [{"prompt_id": n, "prompt": n, "language": "en"} for n in names]),
        home / "responses.parquet": (
            RESPONSES,
            [
                {"prompt_id": n, "sample": 0, "status": "ok", "attempts": 1, "model": "m", "response": f"Text {n}."}
                for n in names
            ],
        ),
        home / "lengths.parquet": (LENGTHS, [words | {"prompt_id": n, "score_l": 80.0} for n in names]),
    }
    tables |= {home / f"judgements/{judge}.parquet": (JUDGEMENTS, rows) for judge, rows in judgements.items()}
    for path, (schema, rows) in tables.items():
        write_table(path, rows_of(schema, rows).to_pylist(), schema, "test")
    join_scores.main(
        prompts=home.parent / "prompts.parquet",
        responses=home / "responses.parquet",
        lengths=home / "lengths.parquet",
        judgements=[home / f"judgements/{judge}.parquet" for judge in judgements],
        dimensions=json.dumps(DIMENSIONS),
        ranges=[0],
        missing=missing,
        min_coverage=min_coverage,
        out=home / "scores.parquet",
    )
    return home / "scores.parquet"


def leaderboard(scores: Path, missing: str, of: dict[str, list[str]]) -> Path:
    out = scores.parents[2] / "leaderboard.parquet"
    build_leaderboard.main(
        scores=[scores],
        dimensions=json.dumps({"d": of}),
        missing=missing,
        prices="{}",
        judge_prices="{}",
        out=out,
        csv=out.with_suffix(".csv"),
        markdown=out.with_suffix(".md"),
    )
    return out


def by_judge(path: Path) -> dict[str, Row]:
    return {row["judge"]: row for row in read_rows(path) if row["slice_kind"] == "all"}


def test_a_row_has_scores_of_its_own_judge_alone(tmp_path: Path) -> None:
    rows = {(row["judge"], row["prompt_id"]): row for row in read_rows(joined(tmp_path))}
    assert len(rows) == 8
    for (judge, name), row in rows.items():
        wanted = dict.fromkeys([*RUBRIC, *REWARD])
        values = (SCORES_OF_GRADER if judge == "grader" else SCORES_OF_READER)[name]
        wanted |= dict(zip(DIMENSIONS[judge], values, strict=True))
        assert {column: row[column] for column in wanted} == wanted, (judge, name)
        assert row["score_q"] == (None if None in values else pytest.approx(sum(values) / len(values)))
    assert [rows["reader", name]["judge_status"] for name in "abcd"] == ["ok", "unparsed", "no_statements", "ok"]
    assert rows["grader", "c"]["judge_status"] == "unparsed"


@pytest.mark.parametrize(("missing", "clarity", "faithfulness"), [("neutral", 31.25, 62.5), ("exclude", 25, 200 / 3)])
def test_the_leaderboard_gives_no_middle_to_what_a_judge_does_not_score(
    tmp_path: Path, missing: str, clarity: float, faithfulness: float
) -> None:
    rows = by_judge(leaderboard(joined(tmp_path), missing, DIMENSIONS))
    assert {name: rows["grader"][name] for name in REWARD} == dict.fromkeys(REWARD)
    assert {name: rows["reader"][name] for name in RUBRIC} == dict.fromkeys(RUBRIC)
    assert rows["grader"]["Clarity"] == pytest.approx(clarity)
    assert rows["reader"]["faithfulness"] == pytest.approx(faithfulness)
    shown = boards(read_rows(tmp_path / "leaderboard.parquet"), marks_of(["m"], []), [])
    assert {board.judge: board.dimensions for board in shown} == DIMENSIONS


def test_judges_that_are_not_evaluated_bring_no_columns(tmp_path: Path) -> None:
    scores = joined(tmp_path)
    board = leaderboard(scores, "exclude", {"grader": RUBRIC})
    assert set(by_judge(board)) == {"grader"} and not {*REWARD} & {*next(iter(read_rows(board)))}
    nobody = leaderboard(scores, "exclude", {})
    (row,) = by_judge(nobody).values()
    assert (row["judge"], row["n"], row["n_judged"], row["score_q"], row["score_l"]) == (None, 4, 0, None, 80)
    assert not {*REWARD, *RUBRIC} & {*row}


def test_evalscope_gets_the_rubrics_judge_alone(tmp_path: Path) -> None:
    out = tmp_path / "eval_quality.jsonl"
    dimensions = json.dumps({"grader": RUBRIC})
    export_eval_quality.main(scores=joined(tmp_path), dimensions=dimensions, missing="neutral", out=out)
    (line,) = map(json.loads, out.read_text().splitlines())
    assert line == pytest.approx({"Clarity": 31.25, "Accuracy": 56.25, "total": 43.75})


@pytest.mark.parametrize("judge", DIMENSIONS)
def test_candidates_have_the_dimensions_of_the_judge_of_their_rewards(tmp_path: Path, judge: str) -> None:
    scores, out = joined(tmp_path), tmp_path / "candidates.parquet"
    tables = {"prompts": tmp_path / "d/prompts.parquet", "scores": [scores]}
    tables["responses"] = [scores.with_name("responses.parquet")]
    collect_candidates.main(
        **tables, judge=judge, dimensions=DIMENSIONS[judge], reward='{"length": 0, "quality": 1}', out=out
    )
    rows = list(read_rows(out))
    assert [name for name in rows[0] if name in (*RUBRIC, *REWARD)] == DIMENSIONS[judge]
    wanted = {"grader": [75, 50, None, 0], "reader": [75, None, None, 100]}
    assert [row["reward"] for row in rows] == wanted[judge]
    reasons = {"grader": [None, None, "no_quality_score", None]}
    reasons["reader"] = [None, "no_quality_score", "no_statements", None]
    assert [row["no_reward"] for row in rows] == reasons[judge]


def test_an_answer_without_statements_is_counted_and_is_no_failure_of_the_judge(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    joined(tmp_path, "exclude", 0.66)
    assert "judge reader: 2 ok, 1 unparsed, 1 no_statements" in capsys.readouterr().err.splitlines()
    with pytest.raises(LonghandError, match=r"only 2 of 3 responses have a readable verdict \(1 unparsed\).*reader"):
        joined(tmp_path, "exclude", 0.67)
    row = by_judge(leaderboard(tmp_path / "d/m/scores.parquet", "exclude", DIMENSIONS))["reader"]
    assert (row["n_judged"], row["n_no_statements"], row["n_scored_q"]) == (2, 1, 2)
    assert (flags(row), gaps(row)) == ("1 without statements", "1 verdict missing")
    capsys.readouterr()
    monkeypatch.setenv("COLUMNS", "160")
    show_leaderboard(leaderboard=tmp_path / "leaderboard.parquet")
    lines = " ".join(capsys.readouterr().out.split())
    assert "1 without statements" in lines and "2 of 4" in lines


@pytest.mark.parametrize(
    ("again", "status", "score"),
    [
        ([10, 20, 60, 40], "ok", 32.5),  # a later repeat found statements
        ([10, 20, 0, 40], "ok", 17.5),  # as `no_statements: 0` has it
        ([10, 20, None, 40], "no_statements", None),
        ([None, 20, None, 40], "no_statements", None),  # that of helpfulness is known from the first
    ],
)
def test_why_a_response_has_no_score_over_repeats(
    tmp_path: Path, again: list[float | None], status: str, score: float | None
) -> None:
    more = [row | {"repeat": 1} for row in of_reader({"c": again})]
    more[0]["status"] = "ok" if again[0] is not None else "unparsed"
    rows = {(row["judge"], row["prompt_id"]): row for row in read_rows(joined(tmp_path, reader=of_reader() + more))}
    assert (rows["reader", "c"]["judge_status"], rows["reader", "c"]["score_q"]) == (status, score)


def test_a_judge_that_failed_too_is_told_before_no_statements(tmp_path: Path) -> None:
    """One without completeness might have been read: that is the judge's fault, and counts against the coverage."""
    rows = of_reader(SCORES_OF_READER | {"c": [10, 20, None, None]})
    (completeness,) = (row for row in rows if (row["prompt_id"], row["dimension"]) == ("c", "completeness"))
    completeness["status"] = "failed"
    made = {(row["judge"], row["prompt_id"]): row for row in read_rows(joined(tmp_path, reader=rows))}
    assert made["reader", "c"]["judge_status"] == "failed"


def test_the_line_of_a_finished_step_counts_a_verdict_by_what_it_lacks() -> None:
    coverage = Coverage()
    for row in of_reader():
        coverage.add(row | {"error": None})
    assert str(coverage) == "2 ok, 1 unparsed, 1 no_statements"


def test_prompts_without_a_context_are_no_fault_of_the_judges_settings(tmp_path: Path) -> None:
    rows = of_reader(SCORES_OF_READER | {"b": [None] * 4, "c": [None] * 4})
    rows = [row | ({"status": "no_context"} if row["score_100"] is None else {}) for row in rows]
    line = r"only 2 of 4 .* \(2 no_context\) .*; fix: give these prompts a context or take them out, or lower scores\."
    with pytest.raises(LonghandError, match=line):
        joined(tmp_path, "exclude", 0.75, reader=rows)
