"""A run whose judge is asked in batches: the first submits and ends with one line, the next one collects."""

from __future__ import annotations

import json
from pathlib import Path

from batch_server import BatchServer
from running import Run

DIMENSIONS = ("Relevance", "Accuracy", "Coherence", "Clarity", "Breadth and Depth", "Reading Experience")


def test_a_run_submits_and_a_later_one_collects(tmp_path: Path) -> None:
    prompts = [{"prompt": f"Write {n}00 words.", "response": f"Text {n}."} for n in range(1, 4)]
    (tmp_path / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in prompts), encoding="utf-8")
    with BatchServer(text=lambda _: json.dumps(dict.fromkeys(DIMENSIONS, 4))) as server:
        reached = {"backend": "openai", "model": "m", "base_url": server.url}
        config = {
            "datasets": {"d": {"path": "data.jsonl", "rubric": "longbench-write", "fields": {"prompt": "prompt"}}},
            "models": {"files": {"backend": "recorded", "path": "data.jsonl"}},
            "judges": {"batched": reached | {"batch": True}, "live": reached | {"system": "Judge."}},
            "evaluate": {"datasets": ["d"], "models": ["files"], "judges": ["batched", "live"]},
        }
        run = Run(tmp_path, config, base=None)
        first = run.snakemake("all_judgements", "--retries", "2")
        line = "not finished: 1 of 1 batch is under way (0 of 3 requests done); run again later"
        assert first.returncode != 0 and f"judge_responses: {line}" in first.stdout, first.stdout
        assert not any(word in first.stdout for word in ("Traceback", "Error in rule", "CalledProcessError", "error:"))
        assert "Trying to restart job" not in first.stdout, "the provider is not asked again at once"
        folder = tmp_path / "results/d/files/judgements"
        assert [path.stem for path in folder.glob("*.parquet")] == ["live"], "the other judge went on"
        server.work("complete")
        run.finish("all_judgements")
        assert [row["score"] for row in run.rows("results/d/files/judgements/batched.parquet")] == [4] * 18
        assert server.called["batches.create"] == 1 and set(server.paid.values()) == {1} and len(server.paid) == 6
