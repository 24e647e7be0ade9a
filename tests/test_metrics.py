"""score_metrics: the highest over the references, metrics by category, grades as published; and their report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from report_page import build, cells, section
from report_run import make_run

import show_leaderboard
from longhand.program.errors import LonghandError
from longhand.results import overlap
from longhand.results.metrics import NO_WEIGHT, overlap_rows
from longhand.tables.files import read_rows, write_table
from longhand.tables.schemas import JUDGEMENTS, PROMPTS, RESPONSES
from longhand.tables.score_tables import LEADERBOARD, METRICS
from score_metrics import main

NO_ANSWER = dict.fromkeys(RESPONSES.names) | {"attempts": 1, "model": "m", "status": "ok"}
NO_VERDICT = dict.fromkeys(JUDGEMENTS.names) | {"judge": "j", "attempts": 1, "dimension": "Grade", "status": "ok"}


def prompt(id_: str, *references: str, **columns: object) -> dict:
    first, others = (references[0], list(references[1:]) or None) if references else (None, None)
    row = {"prompt_id": id_, "prompt": "Who?", "language": "en", "reference": first, "other_references": others}
    return dict.fromkeys(PROMPTS.names) | row | columns


def answer(id_: str, text: str | None, sample: int = 0, status: str = "ok") -> dict:
    return NO_ANSWER | {"prompt_id": id_, "sample": sample, "response": text, "status": status}


def verdict(id_: str, score: float | None, repeat: int = 0) -> dict:
    return NO_VERDICT | {"prompt_id": id_, "sample": 0, "score": score, "repeat": repeat}


PROMPT_ROWS = [
    prompt("a", "Ann Bee", "Cy", "Ann Bee Dee", category="qa"),
    prompt("b", "雨水", language="zh", category="both"),
    prompt("c", category="qa"),
    prompt("d", "x", category="other"),
    prompt("e", "Eve", category="qa"),
    prompt("f", "Fay", category="qa"),
]
ANSWERS = [
    answer("a", "The Cy"),
    answer("a", "Ann bee dee!", sample=1),
    answer("b", "雨水"),
    answer("c", "Ann"),
    answer("d", "x"),
    answer("e", None, status="empty"),
    answer("f", None, status="failed"),
]


def measured(folder: Path, metrics: object, verdicts: list[dict] | None = None, published: dict | None = None) -> list:
    write_table(folder / "prompts.parquet", PROMPT_ROWS, PROMPTS, "test")
    write_table(folder / "responses.parquet", ANSWERS, RESPONSES, "test")
    if verdicts:
        write_table(folder / "j.parquet", verdicts, JUDGEMENTS, "test")
    main(
        prompts=folder / "prompts.parquet",
        responses=folder / "responses.parquet",
        judgements=[folder / "j.parquet"] if verdicts else [],
        metrics=json.dumps(metrics),
        published=json.dumps(published),
        out=folder / "metrics.parquet",
    )
    rows = read_rows(folder / "metrics.parquet", METRICS)
    return [(row["prompt_id"], row["sample"], row["judge"], row["metric"], row["value"]) for row in rows]


def test_the_highest_of_all_references_and_what_has_no_value(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    rows = measured(tmp_path, {"qa": ["f1"], "both": ["f1", "rouge-l"]})
    assert rows == [
        ("a", 0, None, "f1", 100),
        ("a", 1, None, "f1", 100),
        ("b", 0, None, "f1", 100),
        ("b", 0, None, "rouge-l", pytest.approx(100, abs=1e-4)),
        ("c", 0, None, "f1", None),  # no reference
        ("e", 0, None, "f1", 0),
        ("f", 0, None, "f1", None),  # it says nothing of the model
    ]
    assert capsys.readouterr().err == "7 values; without one: {'f1': 2}\n"
    assert [row[0] for row in measured(tmp_path, ["f1"])] == list("aabcdef")


def test_one_reference_that_is_too_long_leaves_no_highest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlap, "_MOST_CELLS", 3)
    for references, is_known in ((["Ann"], True), (["Ann", "Ann Bee Dee"], False)):
        (row,) = overlap_rows(prompt("a", *references), answer("a", "Ann Bee"), ["rouge-l"])
        assert (row["value"] is not None) == is_known


def test_grades_as_published_are_those_of_each_response_over_its_repeats(tmp_path: Path) -> None:
    verdicts = [verdict("a", 7), verdict("a", 8, 1), verdict("b", None), verdict("b", 10, 1), verdict("c", None)]
    way = {"factor": 10, "offset": 0, "scale": [1, 10]}
    assert measured(tmp_path, [], verdicts, way) == [
        ("a", 0, "j", "published", 75),
        ("b", 0, "j", "published", 100),
        ("c", 0, "j", "published", None),
    ]


def test_tables_of_different_prompts(tmp_path: Path) -> None:
    write_table(tmp_path / "p.parquet", PROMPT_ROWS[1:], PROMPTS, "test")
    write_table(tmp_path / "r.parquet", ANSWERS, RESPONSES, "test")
    files = {"prompts": tmp_path / "p.parquet", "responses": tmp_path / "r.parquet", "out": tmp_path / "out.parquet"}
    with pytest.raises(LonghandError, match="has not the rows of the prompts"):
        main(**files, judgements=[], metrics='["f1"]')
    assert not (tmp_path / "out.parquet").exists()


# --- the report


def test_the_report_shows_metrics_by_category_with_their_n(tmp_path: Path) -> None:
    run = make_run(tmp_path, ["writer-a", "writer-b"], ["judge-a"])
    results = run.folder / "results/longbench-write"
    prompts = list(read_rows(results / "prompts.parquet", columns=["prompt_id", "category"]))
    first = prompts[0]["category"]
    for place, model in enumerate(("writer-a", "writer-b")):
        rows = []
        for number, each in enumerate(prompts):
            key = {"prompt_id": each["prompt_id"], "judge": None, "metric": "f1", **NO_WEIGHT}
            value = None if number == 1 else 10.0 * (1 + place) + 20 * (each["category"] == first)
            rows += [key | {"sample": 0, "value": value}, key | {"sample": 1, "value": value}]
        rows.append(rows[0] | {"judge": "judge-a", "metric": "published", "value": 40.0 + place})
        write_table(results / model / "metrics.parquet", rows, METRICS, "score_metrics")
    part = section(build(run), "Metrics")
    of_f1, of_judge = part.split("<caption>")[1:]
    number = sum(each["category"] == first for each in prompts)
    others = len(prompts) - number - (prompts[1]["category"] != first)
    of_first = number - (prompts[1]["category"] == first)
    mean = (30 * of_first + 10 * others) / (len(prompts) - 1)
    categories = sorted({each["category"] for n, each in enumerate(prompts) if n != 1})
    table = cells(of_f1)
    assert [row[0] for row in table] == ["writer-a", "writer-b"] and of_f1.startswith("F1</caption>")
    assert table[0][1] == f"{mean:.1f}" and table[0][2 + categories.index(first)] == "30.0"
    assert f'all<span class="small">n {2 * (len(prompts) - 1)}</span>' in of_f1
    assert of_judge.startswith("Grades as published, judge judge-a") and [row[1] for row in cells(of_judge)] == [
        "40.0",
        "41.0",
    ]


def test_the_report_counts_prompts_that_lost_their_middle(tmp_path: Path) -> None:
    run = make_run(tmp_path, ["writer-a"], [])
    path = run.folder / "results/longbench-write/writer-a/responses.parquet"
    rows = [row | {"cut_tokens": 400 if n < 3 else None} for n, row in enumerate(read_rows(path))]
    write_table(path, rows, RESPONSES, "generate_responses")
    text = " ".join(section(build(run), "What became of the questions").split())
    words = "3 of 24 responses are to prompts over the model's input limit; the middle was cut out of each request"
    assert f"{words}, 1,200 tokens in all." in text
    assert "over the model's input limit" not in build(make_run(tmp_path / "other", ["writer-a"], []))


def test_the_terminal_tells_the_means(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    key = {"sample": 0, "judge": None, "metric": "f1", **NO_WEIGHT}
    rows = [
        key | {"prompt_id": id_, "value": value} for id_, value in (("a", 10.0), ("a", 30.0), ("b", 60.0), ("c", None))
    ]
    rows += [key | {"prompt_id": "a", "judge": "j\x1b[2J", "metric": "published", "value": 90.0}]
    path, board = tmp_path / "qa/m/metrics.parquet", tmp_path / "leaderboard.parquet"
    write_table(path, rows, METRICS, "score_metrics")
    write_table(board, [], LEADERBOARD, "build_leaderboard")
    show_leaderboard.main(leaderboard=board, metrics=[path])
    one, other = capsys.readouterr().out.splitlines()
    assert one == "qa, m: f1 40.0, n 3"
    assert other.endswith("90.0, n 1") and "\x1b" not in other
