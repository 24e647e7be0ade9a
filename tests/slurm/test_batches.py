"""A judge that is asked in batches, on Slurm: while the provider works, nothing of the run is in the queue."""

from __future__ import annotations

import json
from pathlib import Path

from batch_server import BatchServer
from fault_replies import DIMENSIONS
from patience import wait_for
from slurm.cluster import Cluster
from slurm.submitted import SlurmRun


def test_no_job_waits_for_a_batch(tmp_path: Path, slurm: Cluster) -> None:
    run = SlurmRun(tmp_path, slurm, rows=2, latency=0)
    rows = [json.loads(line) | {"text": "A text."} for line in (tmp_path / "rivers.jsonl").read_text().splitlines()]
    (tmp_path / "texts.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    recorded = {"backend": "recorded", "path": "texts.jsonl", "fields": {"prompt": "prompt", "response": "text"}}
    run.config["models"] = {"files": recorded}
    run.config["evaluate"]["models"] = ["files"]
    rubric = {"template": "{prompt} {response}", "scale": [1, 5], "dimensions": {name: [] for name in DIMENSIONS}}
    run.config["datasets"]["rivers"]["rubric"] = rubric
    with BatchServer(text=lambda _: json.dumps(dict.fromkeys(DIMENSIONS, 4))) as server:
        reached = {"backend": "openai", "model": "m", "base_url": server.url, "batch": True}
        run.config["judges"], run.config["evaluate"]["judges"] = {"batched": reached}, ["batched"]
        first = run.snakemake("all_judgements")
        line = "not finished: 1 of 1 batch is under way (0 of 2 requests done); run again later"
        assert first.returncode != 0 and f"judge_responses: {line}" in first.stdout, first.stdout
        wait_for(lambda: slurm.run("squeue", "-h") == "", 60, "empty queue")
        jobs = [(job.rule, job.partition, job.gpus) for job in run.jobs()]
        assert jobs == [("submit_batch", "cpu", ""), ("judge_responses", "cpu", "")], "each once, whatever `retries`"
        server.work("complete")
        run.finish("all_judgements")
        assert run.rules() == {"judge_responses": 1}
        judgements = run.rows("results/rivers/files/judgements/batched.parquet")
        assert {row["status"] for row in judgements} == {"ok"} and len(judgements) == 2 * len(DIMENSIONS)
        assert server.called["batches.create"] == 1 and set(server.paid.values()) == {1}
