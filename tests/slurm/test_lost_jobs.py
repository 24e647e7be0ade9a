"""GPU jobs that are cancelled, whose node dies, whose Snakemake is killed: no answer is lost, none asked twice.

The jobs have their own rows done, and are asking those of the other dataset, when they are lost.
"""

from __future__ import annotations

import json
from pathlib import Path

from fault_replies import DIMENSIONS, VERDICT
from patience import wait_for
from slurm.cluster import Cluster, Job
from slurm.submitted import SlurmRun, running, stand_ins

OWN, OTHERS = 6, 4
ROWS = [f"{n:02d}" for n in (*range(1, OWN + 1), *range(51, 51 + OTHERS))]
TABLES = {name: f"work/{name}/on-gpu/responses/000.parquet" for name in ("rivers", "lakes")}
VERDICTS = {name: f"work/{name}/theirs/judgements/judge/000.parquet" for name in TABLES}


def one_server(folder: Path, cluster: Cluster) -> SlurmRun:
    """A run with two jobs of one server on a GPU, which waits after a few answers, however fast the machine is."""
    run = SlurmRun(folder, cluster, rows=OWN, lakes=OTHERS, latency=0.1)
    run.prepare("results/rivers/prompts.parquet", "results/lakes/prompts.parquet")
    return run


def add_judge(run: SlurmRun) -> None:
    """Of responses that are there, on the other GPU."""
    rubric = {"template": VERDICT + " {prompt} {response}", "scale": [1, 5]}
    run.config["rubrics"] = {"plain": rubric | {"dimensions": {name: [] for name in DIMENSIONS}}}
    run.config["judges"] = {"judge": run.config["models"]["on-gpu"] | {"model": "judge"}}
    recorded = []
    for dataset in TABLES:
        run.config["datasets"][dataset]["rubric"] = "plain"
        prompts = map(json.loads, (run.folder / f"{dataset}.jsonl").read_text().splitlines())
        recorded += [prompt | {"response": f"Water, {number}."} for number, prompt in enumerate(prompts)]
    (run.folder / "recorded.jsonl").write_text("\n".join(map(json.dumps, recorded)), encoding="utf-8")
    run.config["models"]["theirs"] = {"backend": "recorded", "path": "recorded.jsonl"}
    run.prepare(*(f"results/{name}/theirs/responses.parquet" for name in TABLES), "work/rubrics/plain.json")


def check_answers(run: SlurmRun) -> None:
    rows = [row for table in TABLES.values() for row in run.rows(table)]
    assert sorted(row["response"][:2] for row in rows) == ROWS
    assert {row["status"] for row in rows} == {"ok"}


def asked_and_answered(run: SlurmRun) -> dict[str, int]:
    """How often what has an answer was asked so far."""
    requests = run.requests()
    return {number: requests[number] for number in run.answered()}


def test_cancelled_then_the_node_dies(tmp_path: Path, slurm: Cluster) -> None:
    """A writer and a judge, each on a GPU: first among their own rows, then among those of their other jobs."""
    run = one_server(tmp_path, slurm)
    add_judge(run)
    before = run.first

    def both(after: int) -> list[Job]:
        return [running(slurm, after, name) for name in ("_on-gpu_000", "_theirs_judge_000")]

    def both_answered(number: int) -> None:
        wait_for(lambda: len(run.answered()) == run.verdicts() == number, 90, f"{number} answers each")

    run.allow(3)
    with run.start(*TABLES.values(), *VERDICTS.values()) as snakemake:
        jobs = both(before)
        both_answered(3)
        servers = stand_ins()
        slurm.run("scancel", *(str(job.id) for job in jobs))
        wait_for(lambda: not set(servers) & set(stand_ins()), 60, "end of the servers")
        at_first = asked_and_answered(run)

        run.allow(OWN - 3 + 2)
        again = both(max(job.id for job in jobs))
        assert [job.wildcards for job in again] == [job.wildcards for job in jobs]
        both_answered(OWN + 2)
        slurm.fail_node()
        at_second = asked_and_answered(run)
        wait_for(lambda: slurm.node_state() == "down", 90, "node that is down")
        run.allow(len(ROWS))
        slurm.start_node()
        wait_for(lambda: snakemake.poll() is not None, 200, "end of snakemake")
        assert snakemake.returncode == 0, run.output()[-6000:]
    lost = {job.wildcards for job in jobs}
    states = {(job.id, job.state, job.restarts) for job in run.jobs() if job.wildcards in lost}
    expected = {(job.id, "CANCELLED", 0) for job in jobs} | {(job.id, "COMPLETED", 1) for job in again}
    assert states == expected, "started again by Snakemake, then by Slurm itself"
    check_answers(run)
    requests = run.requests()
    for then in (at_first, at_second):
        assert then.items() <= requests.items(), "what was answered is not asked again"
    assert len(ROWS) <= requests.total() <= len(ROWS) + 2, "one in flight at each loss"
    judged = [line for line in run.counts.read_text().splitlines() if VERDICT in line]
    assert len(set(judged)) == run.verdicts() == len(ROWS)
    assert len(judged) <= len(ROWS) + 2, "one in flight at each loss"


def test_snakemake_is_killed(tmp_path: Path, slurm: Cluster) -> None:
    run = one_server(tmp_path, slurm)
    before = run.first
    run.allow(OWN + 1)
    with run.start(*TABLES.values()):
        orphan = running(slurm, before, "_on-gpu_000")
        wait_for(lambda: len(run.answered()) == OWN + 1, 60, "answers, one of the other dataset")
    run.finish("--unlock")
    with run.start(*TABLES.values()) as snakemake:
        running(slurm, orphan.id, orphan.wildcards)
        states = {job.id: job.state for job in slurm.jobs(before)}
        assert states[orphan.id] == "RUNNING", "they are there at the same time"
        run.allow(len(ROWS))
        wait_for(lambda: snakemake.poll() is not None, 200, "end of snakemake")
        assert snakemake.returncode == 0, run.output()[-6000:]
    jobs = run.jobs()
    assert [job.state for job in jobs] == ["COMPLETED"] * 3, "the orphan, and both jobs, which find its answers"
    assert jobs[0].id == orphan.id
    check_answers(run)
    assert run.requests() == dict.fromkeys(ROWS, 1)
    assert run.planned(*TABLES.values()) == {}
