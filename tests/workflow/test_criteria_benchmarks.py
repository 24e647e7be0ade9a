"""Benchmarks whose prompts have criteria, from data to pages with the demo engine: a user's own, and parts of published
ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import SHARED
from running import Run

from longhand.tables.files import Row

# A user's checklist benchmark: this file and one with the data.
YAML = """
description: Tales, each with a checklist of its own.
path: tales.jsonl
fields: {prompt: task, category: kind, required: words}
rubric:
  scale: [0, 2]
  published: 50
  criteria: {together: true}
  template: |
    <Request>
    {prompt}
    </Request>
    <Response>
    {response}
    </Response>
    Give each of these questions a score:
    {criteria}
    Reply with JSON only: {form}
"""
ENDING = {"name": "Ending", "description": "Does it end well?", "levels": {"0": "No.", "2": "Yes."}, "values": [0, 2]}
TALES: list[Row] = [
    {
        "task": "Write a tale of 150 words about rain.",
        "kind": "tale",
        "words": 150,
        "criteria": ["Is it a tale?", ENDING],
    },
    {
        "task": "写一个300字的童话，讲讲月亮。",
        "kind": "tale",
        "words": 300,
        "criteria": [ENDING | {"weight": 3}, "是童话吗？"],
    },
    {
        "task": "Write a letter of 120 words to the moon.",
        "kind": "letter",
        "words": 120,
        "criteria": ["Is it a letter?"],
    },
]
UPSTREAM = SHARED / "upstream"
PARTS = {  # dataset -> its published file, the rows that are drawn, its further file
    "writingbench-length": ("writingbench/length_subset.jsonl", [0, 40, 130], "writingbench/length_subset_C.jsonl"),
    "hellobench-summarization": (
        "hellobench/results/judgements/main_exp/gpt4o_0806/summarization_results.jsonl",
        [0, 25, 50],
        "hellobench/checklists/summarization_checklist.json",
    ),
}


def drawn(folder: Path) -> dict[str, Any]:
    """The shipped entries, with drawn rows of the published files in the run folder; none without these."""
    if not UPSTREAM.exists():
        return {}
    for name, (data, rows, further) in PARTS.items():
        files = {f"{name}.jsonl": data} | ({f"{name}-C.jsonl": further} if further.endswith(".jsonl") else {})
        for path, source in files.items():
            lines = (UPSTREAM / source).read_text(encoding="utf-8").splitlines(keepends=True)
            (folder / path).write_text("".join(lines[row] for row in rows), encoding="utf-8")
    by_category = {"by_category": {"path": str(UPSTREAM / PARTS["hellobench-summarization"][2])}}
    views = {"views": {"C": {"path": "writingbench-length-C.jsonl"}}}
    return {
        "writingbench-length": {"path": "writingbench-length.jsonl", "criteria": views},
        "hellobench-summarization": {"path": "hellobench-summarization.jsonl", "criteria": by_category},
    }


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("criteria")
    (folder / "datasets").mkdir()
    (folder / "datasets/tales.yaml").write_text(YAML, encoding="utf-8")
    (folder / "datasets/tales.jsonl").write_text("\n".join(map(json.dumps, TALES)), encoding="utf-8")
    published = drawn(folder)
    chosen = {"datasets": ["tales", *published], "models": ["demo-short"], "judges": ["demo-judge"]}
    run = Run(folder, {"datasets": published, "evaluate": chosen})
    run.finish()
    return run


def mean_of(rows: list[Row], criteria: list[Row]) -> float:
    """The weighted mean score of a response."""
    scores = {int(row["dimension"]): row["score"] for row in rows}
    weighted = [(scores[place], each["weight"]) for place, each in enumerate(criteria, 1)]
    return sum(score * weight for score, weight in weighted) / sum(weight for _, weight in weighted)


def check(run: Run, dataset: str, scale: tuple[float, float], factor: float, offset: float = 0.0) -> list[Row]:
    """Row truth, weighted means and published figures of a dataset; its metrics."""
    home = f"results/{dataset}/demo-short"
    prompts = {row["prompt_id"]: row["criteria"] for row in run.rows(f"results/{dataset}/prompts.parquet")}
    judgements = run.rows(f"{home}/judgements/demo-judge.parquet")
    expected = {(id_, str(n)) for id_, criteria in prompts.items() for n in range(1, len(criteria) + 1)}
    assert {(row["prompt_id"], row["dimension"]) for row in judgements} == expected and len(judgements) == len(expected)
    assert {row["status"] for row in judgements} == {"ok"}
    score_q = {row["prompt_id"]: row["score_q"] for row in run.rows(f"{home}/scores.parquet")}
    metrics = run.rows(f"{home}/metrics.parquet")
    published = {row["prompt_id"]: row["value"] for row in metrics if row["metric"] == "published"}
    for id_, criteria in prompts.items():
        mean = mean_of([row for row in judgements if row["prompt_id"] == id_], criteria)
        assert score_q[id_] == pytest.approx(100 * (mean - scale[0]) / (scale[1] - scale[0]))
        assert published[id_] == pytest.approx(factor * mean + offset)
    return metrics


def test_a_users_checklists_are_one_yaml_file_and_one_data_file(finished: Run) -> None:
    check(finished, "tales", (0, 2), 50)
    first, second, third = finished.rows("results/tales/prompts.parquet")
    assert [each["name"] for each in first["criteria"]] == ["1", "Ending"]
    assert [each["weight"] for each in second["criteria"]] == [3, 1] and third["category"] == "letter"
    judgements = finished.rows("results/tales/demo-short/judgements/demo-judge.parquet")
    of_ending = {
        row["score"] for row in judgements if (row["prompt_id"], row["dimension"]) == (first["prompt_id"], "2")
    }
    assert of_ending <= {0, 2}, "its own values win"
    assert sum(len(row["requests"] or ()) for row in judgements) == 3, "all criteria of a prompt in one call"
    report = (finished.folder / "results/report.html").read_text(encoding="utf-8")
    assert "Grades as published" in report and "Ending" in report
    (board,) = [row for row in finished.rows("results/leaderboard.parquet") if row["slice"] == "all" and
                row["dataset"] == "tales"]  # fmt: skip
    assert board["n_judged"] == 3 and not {"1", "2", "Ending"} & board.keys()
    assert finished.planned() == {}


@pytest.mark.skipif(not UPSTREAM.exists(), reason="the published data are not beside the checkout")
def test_parts_of_the_published_ones(finished: Run) -> None:
    metrics = check(finished, "writingbench-length", (1, 10), 10)
    of_view = [row for row in metrics if row["metric"] == "published C"]
    assert len(of_view) == 3 and all(row["weight"] >= 1 and 10 <= row["value"] <= 100 for row in of_view)
    check(finished, "hellobench-summarization", (0, 1), 400, -300)
    prompts = finished.rows("results/hellobench-summarization/prompts.parquet")
    assert {row["category"] for row in prompts} <= {"academic_article", "report", "long_dialogue", "news", "blogs"}
    report = (finished.folder / "results/report.html").read_text(encoding="utf-8")
    assert "Grades as published, view C" in report
