"""Servers in a whole run: how often each is loaded, and on which GPUs. Two datasets, a writer and a judge by vLLM.

The judge has `servers: 1` always: with two GPUs and two shards, its other jobs wait for answers without a load.
"""

from __future__ import annotations

import json
import re
import shlex
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from running import CHECKOUT, Run
from slow_vllm import lives

ROWS, DATASETS = 8, ("d0", "d1")


def config(folder: Path, shards: int, servers: int) -> dict[str, Any]:
    """The run's config; writes its datasets."""
    for name in DATASETS:
        rows = [{"prompt": f"{name}.{n}: write {n * 100} words.", "words": n * 100} for n in range(1, ROWS + 1)]
        (folder / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    stand_in = [sys.executable, f"{CHECKOUT}/tests/slow_vllm.py", "--events", str(folder / "events")]
    served = {"backend": "vllm", "concurrency": 4}
    dataset = {"fields": {"required": "words"}, "rubric": "longbench-write"}
    return {
        "shards": shards,
        "commands": {"vllm": shlex.join([*stand_in, "--load", "0.5", "--stream", "1000", "--rate", "4000"])},
        "datasets": {name: {"path": f"{name}.jsonl", **dataset} for name in DATASETS},
        "models": {"writer": served | {"model": "org/writer", "servers": servers}},
        "judges": {"judge": served | {"model": "org/judge"}},
        "evaluate": {"datasets": list(DATASETS), "models": ["writer"], "judges": ["judge"]},
    }


@pytest.mark.parametrize(("gpus", "shards", "servers"), [(1, 1, 1), (2, 2, 2)])
def test_servers_are_loaded_once_and_share_no_gpu(tmp_path: Path, gpus: int, shards: int, servers: int) -> None:
    names = [f"{tmp_path.name}-{number}" for number in range(gpus)]  # of this test only
    run = Run(tmp_path, config(tmp_path, shards, servers), base=None, pages=False)
    run.finish(*(f"results/{name}/prompts.parquet" for name in DATASETS))  # they are there when a server is up
    limits = ("--cores", "2", "--resources", f"gpu_job={gpus}")
    output = run.finish("all_judgements", *limits, CUDA_VISIBLE_DEVICES=",".join(names))

    judging = re.findall(r"^localrule judge_responses_gpu:|^Finished jobid: .*judge_responses_gpu\)", output, re.M)
    one_by_one = ["localrule", "Finished"] * len(DATASETS) * shards
    assert [line.split()[0] for line in judging] == one_by_one, "no job waits for a server with a GPU in hand"
    up = lives(tmp_path / "events")
    loads = Counter(life.model for life in up)
    assert loads["org/judge"] == 1 and 1 <= loads["org/writer"] <= servers, loads
    requests = Counter((life.model, request) for life in up for request in life.received)
    assert set(requests.values()) == {1} and len(requests) == 2 * ROWS * len(DATASETS)
    for number, life in enumerate(up):
        assert life.gpus in names
        at_once = [other for other in up[:number] if other.end > life.start]
        assert all(other.gpus != life.gpus for other in at_once), "one GPU, two servers"
        assert sum(other.model == life.model for other in at_once) < (servers if "writer" in life.model else 1)
    for name in DATASETS:
        table = run.rows(f"results/{name}/writer/judgements/judge.parquet")
        assert len(table) == ROWS * 6 and {row["status"] for row in table} == {"ok"}, "six dimensions"
