"""GPU jobs that are cancelled, whose node dies, whose Snakemake is killed: no answer is lost, none asked twice."""

from __future__ import annotations

from pathlib import Path

from patience import wait_for
from slurm.cluster import Cluster
from slurm.submitted import SlurmRun, running, stand_ins

ROWS = 12
SHARD = "work/rivers/on-gpu/responses/000.parquet"


def one_job(folder: Path, cluster: Cluster) -> SlurmRun:
    """A run with one job on a GPU, which waits after a few answers, however fast the machine is."""
    run = SlurmRun(folder, cluster, rows=ROWS, shards=1, latency=0.1)
    run.prepare("work/rivers/prompts/000.parquet")
    return run


def check_answers(run: SlurmRun) -> None:
    rows = run.rows(SHARD)
    assert sorted(row["response"][:2] for row in rows) == [f"{n:02d}" for n in range(1, ROWS + 1)]
    assert {row["status"] for row in rows} == {"ok"}


def asked_and_answered(run: SlurmRun) -> dict[str, int]:
    """How often what has an answer was asked so far."""
    asked = run.asked()
    return {number: asked[number] for number in run.answered()}


def test_cancelled_then_the_node_dies(tmp_path: Path, slurm: Cluster) -> None:
    run = one_job(tmp_path, slurm)
    before = run.first
    run.allow(3)
    with run.start(SHARD) as snakemake:
        job = running(slurm, before, "rivers_on-gpu_000")
        wait_for(lambda: len(run.answered()) == 3, 60, "answers")
        slurm.run("scancel", str(job.id))
        wait_for(lambda: not stand_ins(), 30, "end of the server")
        at_first = asked_and_answered(run)

        again = running(slurm, job.id, "rivers_on-gpu_000")
        wait_for(lambda: len(run.answered()) == 6, 60, "more answers")
        slurm.fail_node()
        at_second = asked_and_answered(run)
        wait_for(lambda: slurm.node_state() == "down", 90, "node that is down")
        run.allow(ROWS)
        slurm.start_node()
        wait_for(lambda: snakemake.poll() is not None, 200, "end of snakemake")
        assert snakemake.returncode == 0, run.output()[-6000:]
    states = {(j.id, j.state, j.restarts) for j in run.jobs() if j.gpus}
    assert states == {(job.id, "CANCELLED", 0), (again.id, "COMPLETED", 1)}, "by Snakemake, then by Slurm itself"
    check_answers(run)
    asked = run.asked()
    for then in (at_first, at_second):
        assert then.items() <= asked.items(), "what was answered is not asked again"
    assert ROWS <= asked.total() <= ROWS + 2, "one in flight at each loss"


def test_snakemake_is_killed(tmp_path: Path, slurm: Cluster) -> None:
    run = one_job(tmp_path, slurm)
    before = run.first
    run.allow(2)
    with run.start(SHARD):
        orphan = running(slurm, before, "rivers_on-gpu_000")
        wait_for(lambda: len(run.answered()) == 2, 60, "answers")
    run.finish("--unlock")
    with run.start(SHARD) as snakemake:
        running(slurm, orphan.id, "rivers_on-gpu_000")
        run.allow(ROWS)
        wait_for(lambda: snakemake.poll() is not None, 200, "end of snakemake")
        assert snakemake.returncode == 0, run.output()[-6000:]
    on_gpu = [job for job in run.jobs() if job.gpus]
    assert [job.state for job in on_gpu] == ["COMPLETED"] * 2, "the orphan, and the one that waited for its answers"
    assert on_gpu[0].id == orphan.id
    assert on_gpu[1].start < on_gpu[0].end, "they were there at the same time"
    check_answers(run)
    assert run.asked() == {f"{n:02d}": 1 for n in range(1, ROWS + 1)}
    assert run.planned(SHARD) == {}
