"""One prompt more: one GPU job, also while sbatch fails for a while; of eight shards, the others start no server."""

from __future__ import annotations

from pathlib import Path

from patience import wait_for
from slurm.cluster import Cluster
from slurm.submitted import SlurmRun, prompts

ROWS = 16


def with_one_more(run: SlurmRun) -> None:
    run.prepare("all_responses")
    run.counts.unlink()
    run.add("rivers", prompts(ROWS + 1))


def test_one_prompt_more_is_one_gpu_job(tmp_path: Path, slurm: Cluster) -> None:
    run = SlurmRun(tmp_path, slurm, rows=ROWS, latency=0)
    with_one_more(run)
    (slurm.base / "away").touch()
    tries = slurm.tries()
    with run.start("all_responses") as snakemake:
        wait_for(lambda: slurm.tries() > tries + 3, 60, "further tries of sbatch: `retries` are 2")
        (slurm.base / "away").unlink()
        wait_for(lambda: snakemake.poll() is not None, 200, "end of snakemake")
        assert snakemake.returncode == 0, run.output()[-6000:]
    assert run.rules() == {"generate_responses_gpu": 1}, "what computes is no job"
    assert run.requests() == {f"{ROWS + 1:02d}": 1}
    assert len(run.rows("results/rivers/on-gpu/responses.parquet")) == ROWS + 1


def test_of_eight_shards_one_starts_the_server(tmp_path: Path, slurm: Cluster) -> None:
    run = SlurmRun(tmp_path, slurm, rows=ROWS, latency=0, shards=8)

    def ended() -> int:
        return sum(job.state == "COMPLETED" for job in slurm.jobs(run.first))

    run.config["models"]["on-gpu"]["servers"] = 8  # all jobs are submitted at once, and two run at a time
    with_one_more(run)
    run.allow(0)
    with run.start("all_responses") as snakemake:
        wait_for(lambda: ended() == 7, 400, "end of the seven jobs that find their answers")
        run.allow(1)
        wait_for(lambda: snakemake.poll() is not None, 200, "end of snakemake")
        assert snakemake.returncode == 0, run.output()[-6000:]
    jobs = run.jobs()
    assert [job.state for job in jobs] == ["COMPLETED"] * 8
    assert run.loads() == 1
    assert run.requests() == {f"{ROWS + 1:02d}": 1}
    assert len(run.rows("results/rivers/on-gpu/responses.parquet")) == ROWS + 1
