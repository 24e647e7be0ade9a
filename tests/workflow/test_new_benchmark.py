"""A new benchmark is one YAML file and its data: no code, no other file of Longhand's."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from running import CHECKOUT, TO_REPORT, Run, mistake

YAML = """
description: Rain in a few words or in many.
path: rain.jsonl
fields: {prompt: task, category: kind, required: words, required_min: least, required_max: most, reference: drafts}
length: longen
ranges: [0, 200]
metrics: {light: [f1], heavy: [rouge-l, f1]}
rubric:
  description: Two dimensions, 0 to 4.
  scale: [0, 4]
  published: 20
  dimensions: {Wetness: [], Rhythm: []}
  template: |
    <Request>
    {prompt}
    </Request>
    A draft: {reference}
    <Response>
    {response}
    </Response>
    Give each dimension an integer between 0 and 4. Reply with JSON only:
    {"Analysis": "...", "Wetness": ..., "Rhythm": ...}
"""
NOTHING = {"words": None, "least": None, "most": None}
DRAFTS = [["It drizzles."], None, ["暴雨来了。", "下雨了。"], ["冰雹。"]]
TASKS = [
    {"task": "Write about 100 words on drizzle.", "kind": "light", **NOTHING, "words": 100},
    {"task": "Write 150 to 180 words on showers.", "kind": "light", **NOTHING, "least": 150, "most": 180},
    {"task": "写一篇不少于300字的文章，谈谈暴雨。", "kind": "heavy", **NOTHING, "least": 300},
    {"task": "写一篇不超过400字的文章，谈谈冰雹。", "kind": "heavy", **NOTHING, "most": 400},
]
ROWS = [task | {"drafts": drafts} for task, drafts in zip(TASKS, DRAFTS, strict=True)]


def add_benchmark(folder: Path, yaml: str = YAML) -> None:
    (folder / "rain.yaml").write_text(yaml, encoding="utf-8")
    (folder / "rain.jsonl").write_text("\n".join(map(json.dumps, ROWS)), encoding="utf-8")


def run_with(folder: Path, checkout: Path = CHECKOUT) -> Run:
    chosen = {"datasets": ["rain"], "models": ["demo-short"], "judges": ["demo-judge"]}
    return Run(folder, {"evaluate": chosen}, checkout)


def test_one_yaml_file_and_its_data_in_the_run_folder(tmp_path: Path) -> None:
    (tmp_path / "datasets").mkdir()
    add_benchmark(tmp_path / "datasets")
    run = run_with(tmp_path)
    run.finish()
    prompts = run.rows("results/rain/prompts.parquet")
    assert [row["prompt"] for row in prompts] == [row["task"] for row in ROWS]
    assert [row["constraint"] for row in prompts] == ["about", "range", "above", "below"]
    judgements = run.rows("results/rain/demo-short/judgements/demo-judge.parquet")
    assert {(row["dimension"], row["status"]) for row in judgements} == {("Wetness", "ok"), ("Rhythm", "ok")}
    assert all(row["score_100"] == 25 * row["score"] for row in judgements), "the scale is 0 to 4"
    asked_twice = [row["prompt_id"] for row in judgements if row["attempts"] == 2]
    assert set(asked_twice) == {prompts[2]["prompt_id"]}, "once for each reference"
    metrics = run.rows("results/rain/demo-short/metrics.parquet")
    assert [row["metric"] for row in metrics] == ["f1", "f1", *["rouge-l", "f1"] * 2, *["published"] * 4]
    assert [row["value"] is None for row in metrics] == [False, True] + [False] * 8, "one prompt has no draft"
    assert {row["judge"] for row in metrics[6:]} == {"demo-judge"}
    scores = {row["prompt_id"]: row["score_q"] for row in run.rows("results/rain/demo-short/scores.parquet")}
    assert {row["prompt_id"]: pytest.approx(row["value"] / 0.8) for row in metrics[6:]} == scores
    assert "Grades as published" in (tmp_path / "results/report.html").read_text(encoding="utf-8")
    lengths = run.rows("results/rain/demo-short/lengths.parquet")
    assert all(row["score_l"] == row["longen"] and row["words"] == row["words_longen"] for row in lengths)

    board = run.rows("results/leaderboard.parquet")
    assert {(row["dataset"], row["model"], row["judge"]) for row in board} == {("rain", "demo-short", "demo-judge")}
    counted = {(row["slice_kind"], row["slice"]): (row["n"], row["n_judged"], row["n_scored_l"]) for row in board}
    assert counted == {
        ("all", "all"): (4, 4, 4),
        ("range", "[0,200)"): (2, 2, 2),
        ("range", "[200,∞)"): (2, 2, 2),
        ("language", "en"): (2, 2, 2),
        ("language", "zh"): (2, 2, 2),
        ("category", "heavy"): (2, 2, 2),
        ("category", "light"): (2, 2, 2),
        **{("constraint", name): (1, 1, 1) for name in ("about", "above", "below", "range")},
    }
    (overall,) = [row for row in board if row["slice_kind"] == "all"]
    assert overall["score_q"] == pytest.approx((overall["Wetness"] + overall["Rhythm"]) / 2)
    assert overall["score"] == pytest.approx((overall["score_l"] + overall["score_q"]) / 2)
    assert run.planned() == {}

    add_benchmark(tmp_path / "datasets", YAML.replace("ranges: [0, 200]", "ranges: [0, 500]"))
    again = {"join_scores": 1, "build_leaderboard": 1, "compare_judges": 1, "record_settings": 1, **TO_REPORT}
    assert run.planned() == again, "a file of the registry is a setting like any other"


def test_one_yaml_file_and_its_data_among_the_shipped_ones(tmp_path: Path) -> None:
    copy = tmp_path / "checkout"
    for name in ("config", "profiles", "resources", "rules", "scripts"):
        shutil.copytree(CHECKOUT / name, copy / name)
    shutil.copy(CHECKOUT / "Snakefile", copy)
    add_benchmark(copy / "resources/datasets")
    planned = run_with(tmp_path / "run", copy).planned()
    assert (planned["generate_responses"], planned["prepare_rubric"], planned["build_report"]) == (1, 1, 1)


def test_the_config_is_laid_over_the_run_folder_and_that_over_what_ships(tmp_path: Path) -> None:
    for name in ("datasets", "rubrics"):
        (tmp_path / name).mkdir()
    (tmp_path / "datasets/longhand-mini.yaml").write_text("{rubric: brief, ranges: [0, 7]}")
    (tmp_path / "rubrics/brief.yaml").write_text("{template: 'Grade {response}', scale: [1, 3], dimensions: {Wit: []}}")
    run = Run(tmp_path, {"datasets": {"longhand-mini": {"ranges": [0, 9]}}})
    run.finish("results/settings.json", "work/rubrics/brief.json")
    (entry,) = json.loads((tmp_path / "results/settings.json").read_text())["datasets"].values()
    assert (entry["rubric"], entry["ranges"], entry["length"]) == ("brief", [0, 9], "longbench-write")
    assert json.loads((tmp_path / "work/rubrics/brief.json").read_text())["scale"] == [1, 3]


@pytest.mark.parametrize(
    ("yaml", "message"),
    [
        ("path: [rain.jsonl", "not YAML: expected ',' or ']', but got '<stream end>' (datasets/rain.yaml line 1)"),
        ("", "None is not a mapping; its keys: categories, "),
        ("- path: rain.jsonl", "is not a mapping; its keys: categories, "),
        (YAML.replace("length:", "lenght:"), "unknown key 'lenght', did you mean 'length'?"),
        (YAML.replace("length: longen", "length: longan"), "'longan' is not allowed, did you mean 'longen'?"),
        (YAML.replace("scale:", "scales:"), "unknown key 'scales', did you mean 'scale'?"),
        (YAML.replace("[0, 4]", "[0, four]"), "'four' is not a number (datasets/rain.yaml rubric.scale.1)"),
        (YAML.replace("rain.jsonl", "snow.jsonl"), "there is no file 'datasets/snow.jsonl'"),
        (YAML.replace("path: rain.jsonl", ""), "needs either 'path', 'url' or 'made' (dataset rain)"),
        (YAML.replace("[0, 4]", "[4, 0]"), "scale [4, 0] must be [lowest, highest] (rubric rain)"),
        (YAML.replace("{response}", "{text}"), "the template has no placeholder {response} (rubric rain)"),
    ],
)
def test_a_wrong_file_is_named_in_one_line(tmp_path: Path, yaml: str, message: str) -> None:
    (tmp_path / "datasets").mkdir()
    add_benchmark(tmp_path / "datasets", yaml)
    error = mistake({"evaluate": {"datasets": ["rain"]}}, tmp_path)
    assert message in error and "rain" in error and "\n" not in error


def test_a_file_whose_name_is_none(tmp_path: Path) -> None:
    (tmp_path / "datasets").mkdir()
    (tmp_path / "datasets/heavy rain.yaml").write_text("path: x.jsonl")
    assert "'heavy rain'" in mistake({}, tmp_path)


def test_a_rubric_of_its_own_does_not_replace_another(tmp_path: Path) -> None:
    rubric = {"template": "{response}", "scale": [1, 3], "dimensions": {"Wit": []}}
    error = mistake({"datasets": {"longen": {"rubric": rubric}}}, tmp_path)
    assert error.startswith("it brings a rubric, and there is one of its name (dataset longen)")
