"""WritingBench and HelloBench with the demo engine, from a part of their data to the report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import SHARED
from running import Run

from longhand.tables.files import Row

UPSTREAM = SHARED / "upstream"
ROWS = {"writingbench-length": (0, 40, 130), "hellobench-summarization": (0, 25, 50)}
REQUESTS = "hellobench/results/judgements/main_exp/gpt4o_0806/summarization_results.jsonl"
FILES = {  # in the run folder -> the published one
    "writingbench-length": ("length.jsonl", "writingbench/length_subset.jsonl"),
    "writingbench-length C": ("length-C.jsonl", "writingbench/length_subset_C.jsonl"),
    "hellobench-summarization": ("summaries.jsonl", REQUESTS),
}


def drawn(folder: Path) -> dict[str, Any]:
    """The shipped entries with drawn rows of their files, which are put into the run folder."""
    for name, (path, source) in FILES.items():
        lines = (UPSTREAM / source).read_text(encoding="utf-8").splitlines(keepends=True)
        (folder / path).write_text("".join(lines[row] for row in ROWS[name.split(" ")[0]]), encoding="utf-8")
    by_category = {"path": str(UPSTREAM / "hellobench/checklists/summarization_checklist.json")}
    return {
        "writingbench-length": {"path": "length.jsonl", "criteria": {"views": {"C": {"path": "length-C.jsonl"}}}},
        "hellobench-summarization": {"path": "summaries.jsonl", "criteria": {"by_category": by_category}},
    }


def mean_of(verdicts: list[Row], criteria: list[Row]) -> float:
    """The weighted mean score of a response."""
    scores = {int(row["dimension"]): row["score"] for row in verdicts}
    weighted = [(scores[place], each["weight"]) for place, each in enumerate(criteria, 1)]
    return sum(score * weight for score, weight in weighted) / sum(weight for _, weight in weighted)


def check(run: Run, dataset: str, scale: tuple[float, float], factor: float, offset: float, calls: int) -> list[Row]:
    """Row truth, calls, weighted means and published figures of a dataset; its metrics."""
    home = f"results/{dataset}/demo-short"
    prompts = {row["prompt_id"]: row["criteria"] for row in run.rows(f"results/{dataset}/prompts.parquet")}
    judgements = run.rows(f"{home}/judgements/demo-judge.parquet")
    expected = {(id_, str(n)) for id_, criteria in prompts.items() for n in range(1, len(criteria) + 1)}
    assert {(row["prompt_id"], row["dimension"]) for row in judgements} == expected and len(judgements) == len(expected)
    assert {row["status"] for row in judgements} == {"ok"}
    assert sum(len(row["requests"] or ()) for row in judgements) == calls
    score_q = {row["prompt_id"]: row["score_q"] for row in run.rows(f"{home}/scores.parquet")}
    metrics = run.rows(f"{home}/metrics.parquet")
    published = {row["prompt_id"]: row["value"] for row in metrics if row["metric"] == "published"}
    for id_, criteria in prompts.items():
        mean = mean_of([row for row in judgements if row["prompt_id"] == id_], criteria)
        assert score_q[id_] == pytest.approx(100 * (mean - scale[0]) / (scale[1] - scale[0]))
        assert published[id_] == pytest.approx(factor * mean + offset)
    return metrics


@pytest.mark.skipif(not UPSTREAM.exists(), reason="the published data are not beside the checkout")
def test_parts_of_both_to_the_report(tmp_path: Path) -> None:
    chosen = {"datasets": [*ROWS], "models": ["demo-short"], "judges": ["demo-judge"]}
    run = Run(tmp_path, {"datasets": drawn(tmp_path), "evaluate": chosen})
    run.finish()
    metrics = check(run, "writingbench-length", (1, 10), 10, 0, calls=3 * 5)
    of_view = [row for row in metrics if row["metric"] == "published C"]
    assert len(of_view) == 3 and all(row["weight"] >= 1 and 10 <= row["value"] <= 100 for row in of_view)
    check(run, "hellobench-summarization", (0, 1), 400, -300, calls=3)
    report = (tmp_path / "results/report.html").read_text(encoding="utf-8")
    assert "Grades as published, view C" in report
    names = {
        each["name"] for row in run.rows("results/writingbench-length/prompts.parquet") for each in row["criteria"]
    }
    board = run.rows("results/leaderboard.parquet")
    assert not names & board[0].keys() and {row["n_judged"] for row in board if row["slice_kind"] == "all"} == {3}
    assert run.planned() == {}
