"""HelloBench's published scores of two systems, from the verdicts that were published with their responses."""

from __future__ import annotations

from pathlib import Path
from statistics import fmean

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from conftest import SHARED
from running import Run

MEANS = {"gpt4o_0806": 48.55, "longwriter_9b": 8.33}
PUBLISHED = {
    "gpt4o_0806": {"qa": 54.82, "summarization": 29.71, "chat": 42.88, "completion": 67.49, "heuristic": 47.87},
    "longwriter_9b": {"qa": 30.02, "summarization": -35.01, "chat": -5.57, "completion": 17.69, "heuristic": 34.53},
}


@pytest.mark.skipif(not SHARED.exists(), reason="the published data are not beside the checkout")
def test_published_scores_come_of_published_verdicts_and_nothing_is_asked(tmp_path: Path) -> None:
    chosen = {"models": [*PUBLISHED], "judges": ["gpt-4o-published"]}
    run = Run(tmp_path / "run", {"evaluate": chosen}, base="hellobench.yaml")
    tables = {
        (model, task): f"results/hellobench-{task}/{model}/metrics.parquet"
        for model, tasks in PUBLISHED.items()
        for task in tasks
    }
    run.finish(*tables.values(), "results/totals.parquet", LONGHAND_MIRROR=str(SHARED / "upstream"))
    means = dict[str, list[float]]()
    for (model, task), path in tables.items():
        rows = pq.read_table(run.folder / path)
        assert rows["metric"].unique().to_pylist() == ["published"]
        mean = pc.mean(rows["value"]).as_py()
        means.setdefault(model, []).append(mean)
        assert round(mean, 2) == PUBLISHED[model][task], (model, task)
    assert {model: round(fmean(of_tasks), 2) for model, of_tasks in means.items()} == MEANS
    totals = run.rows("results/totals.parquet")
    assert {(row["total"], row["judge"]) for row in totals} == {("HelloBench", "gpt-4o-published")}
    assert {row["model"]: round(row["mean"], 2) for row in totals} == MEANS
    for row in totals:
        parts = {part["dataset"].removeprefix("hellobench-"): round(part["mean"], 2) for part in row["parts"]}
        assert parts == PUBLISHED[row["model"]] and sum(part["n_prompts"] for part in row["parts"]) == 647
    assert not list(tmp_path.rglob("journal/**/*.jsonl")) and not (run.folder / "logs/generate_responses").exists()
    judgements = run.rows("results/hellobench-chat/longwriter_9b/judgements/gpt-4o-published.parquet")
    assert len(judgements) == 147 * 6 and {row["status"] for row in judgements} == {"ok"}
    assert all(row["reason"] for row in judgements) and not any(row["requests"] for row in judgements)

    # A new judge in the place of GPT-4o: two systems show the mechanics, and are too few for a line.
    succession = {"from": "gpt-4o-published", "to": ["heir"], "datasets": ["hellobench-chat"], "models": [*PUBLISHED]}
    run.config = run.config | {
        "judges": {"heir": {"backend": "demo"}},
        "succession": {"s": succession | {"sample": 12}},
    }
    run.finish("results/succession.parquet", LONGHAND_MIRROR=str(SHARED / "upstream"))
    (line,) = run.rows("results/succession.parquet")
    assert (line["n_systems"], line["n_prompts"], line["n_texts"]) == (2, 12, 24)
    assert (line["exploratory"], line["doubt"], line["slope"]) == (True, "few_systems", None)
    sample = {row["prompt"] for row in run.rows("results/s.hellobench-chat/prompts.parquet")}
    texts = {row["prompt_id"]: row["prompt"] for row in run.rows("results/hellobench-chat/prompts.parquet")}
    for anchor in line["anchors"]:
        rows = run.rows(f"results/hellobench-chat/{anchor['model']}/metrics.parquet")
        old = fmean(row["value"] for row in rows if texts[row["prompt_id"]] in sample)
        assert anchor["old"] == pytest.approx(old / 4 + 75), "its published scores of the sample, on 0-100"
        assert 0 <= anchor["new"] <= 100 and anchor["error"] is None
