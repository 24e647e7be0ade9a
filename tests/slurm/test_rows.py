"""One prompt more on a dataset of eight shards: GPU jobs for one shard."""

from __future__ import annotations

from pathlib import Path

from slurm.cluster import Cluster
from slurm.submitted import SlurmRun, prompts

ROWS = 16


def test_one_prompt_more_is_one_gpu_job(tmp_path: Path, slurm: Cluster) -> None:
    run = SlurmRun(tmp_path, slurm, rows=ROWS, shards=8, latency=0)
    run.prepare("all_responses")
    assert len(list((tmp_path / "work/rivers/on-gpu/responses").glob("*.parquet"))) == 8
    run.write(prompts(ROWS + 1))
    run.finish("all_responses")
    once = ("prepare_prompts", "shard_prompts_8", "generate_responses_gpu", "gather_responses")
    assert run.rules() == dict.fromkeys(once, 1)
    assert run.asked().total() == ROWS + 1
    assert len(run.rows("results/rivers/on-gpu/responses.parquet")) == ROWS + 1
