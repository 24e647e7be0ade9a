"""One prompt more on a dataset of eight shards: a GPU job for one shard, also while sbatch fails for a while."""

from __future__ import annotations

from pathlib import Path

from patience import wait_for
from slurm.cluster import Cluster
from slurm.submitted import SlurmRun, prompts

ROWS = 16


def test_one_prompt_more_is_one_gpu_job(tmp_path: Path, slurm: Cluster) -> None:
    run = SlurmRun(tmp_path, slurm, rows=ROWS, shards=8, latency=0)
    run.prepare("all_responses")
    assert len(list((tmp_path / "work/rivers/on-gpu/responses").glob("*.parquet"))) == 8
    run.write(prompts(ROWS + 1))
    (slurm.base / "away").touch()
    tries = slurm.tries()
    with run.start("all_responses") as snakemake:
        wait_for(lambda: slurm.tries() > tries + 3, 60, "further tries of sbatch: `retries` are 2")
        (slurm.base / "away").unlink()
        wait_for(lambda: snakemake.poll() is not None, 200, "end of snakemake")
        assert snakemake.returncode == 0, run.output()[-6000:]
    assert run.rules() == {"generate_responses_gpu": 1}, "what computes is no job"
    assert run.asked().total() == ROWS + 1
    assert len(run.rows("results/rivers/on-gpu/responses.parquet")) == ROWS + 1
