"""A user's labels beside a judge that is asked: planned, taken, ranked, held against each other."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import fmean

import pytest
from running import Run

TOPICS = ("rain", "snow", "hail", "fog", "wind", "ice", "frost", "dew", "mist", "sleet")
GRADES = [(clear, deep) for clear, deep in zip([1, 2, 3, 4, 5] * 2, [5, 4, 3, 2, 1, 1, 2, 3, 4, 5], strict=True)]
COLUMNS = dict.fromkeys(("Relevance", "Accuracy", "Coherence", "Clarity"), "clear")
COLUMNS |= dict.fromkeys(("Breadth and Depth", "Reading Experience"), "deep")


def written(path: Path, rows: list[dict[str, object]]) -> str:
    path.write_text("\n".join(map(json.dumps, rows)))
    return path.name


@pytest.fixture
def run(tmp_path: Path) -> Run:
    prompts = [{"prompt": f"Write 50 words about {topic}.", "required": 50} for topic in TOPICS]
    answers = [row | {"response": f"Of {topic}. " * 25} for row, topic in zip(prompts, TOPICS, strict=True)]
    others = [row | {"response": f"On {topic}. " * 25} for row, topic in zip(prompts, TOPICS, strict=True)]
    graded = [row | {"clear": clear, "deep": deep} for row, (clear, deep) in zip(answers, GRADES, strict=True)]
    files = {"weather": {"path": written(tmp_path / "graded.jsonl", graded)}}
    config = {
        "datasets": {"weather": {"path": written(tmp_path / "weather.jsonl", prompts)}},
        "models": {
            "graded": {"backend": "recorded", "files": files, "fields": {"scores": COLUMNS}},
            "plain": {"backend": "recorded", "path": written(tmp_path / "plain.jsonl", others)},
        },
        "judges": {
            "people": {"backend": "recorded"},
            "demo-judge": {"backend": "demo", "price": {"input": 1.0, "output": 1.0}},
        },
        "evaluate": {"datasets": ["weather"], "models": ["graded", "plain"], "judges": ["people", "demo-judge"]},
    }
    return Run(tmp_path, config, base=None)


def test_labels_cost_nothing_and_stand_beside_verdicts(run: Run) -> None:
    targets = ["results/leaderboard.parquet", "results/agreement.parquet"]
    plan = run.plan(*targets)
    stale = {job["rule"]: job["jobs"] for job in plan["rules"]}
    assert stale["import_verdicts"] == 1 and stale["judge_responses"] == 2
    assert [(line["asked"], line["requests"]) for line in plan["asks"]] == [("demo-judge", 20)]

    run.finish(*targets)
    rows = [row for row in run.rows("results/leaderboard.parquet") if row["slice_kind"] == "all"]
    assert [(row["model"], row["judge"]) for row in rows] == [
        ("graded", "people"),
        ("graded", "demo-judge"),
        ("plain", "demo-judge"),
    ]
    people = rows[0]
    assert people["Clarity"] == pytest.approx(fmean(25 * (clear - 1) for clear, _ in GRADES))
    assert people["score_q"] == pytest.approx(fmean(25 * ((4 * clear + 2 * deep) / 6 - 1) for clear, deep in GRADES))
    assert people["n_judged"] == 10 and people["judge_cost"] is None and rows[1]["judge_cost"] > 0
    parts = {(row["part"], row["judge"], row["other"]) for row in run.rows("results/agreement.parquet")}
    assert ("alpha", "people", "demo-judge") in parts
