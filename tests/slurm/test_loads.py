"""Three models x two datasets x a judge of their own on two GPUs: what is loaded, and how long GPUs are held.

`pytest tests/slurm/test_loads.py -s` prints the figures.
"""

from __future__ import annotations

import shlex
import sys
from collections import Counter
from dataclasses import dataclass

import pytest
from running import CHECKOUT
from slow_vllm import Life, lives
from slurm.cluster import GPUS, Cluster, Job
from slurm.submitted import SlurmRun

MODELS, ROWS = ("a", "b", "c"), 8
LOAD, SPEED = 5.0, 4  # seconds of ours; of the stand-in's clock in one of them
DATASETS = ("rivers", "lakes")


@dataclass
class Loaded:
    """The finished run.

    Attributes:
        jobs: all that Slurm had.
        servers: all that were started.
        idle: jobs on a GPU that found everything made, and so started no server.
    """

    run: SlurmRun
    jobs: list[Job]
    servers: list[Life]
    idle: list[str]

    def loads(self) -> Counter[str]:
        """How often each model was loaded."""
        return Counter(server.model for server in self.servers)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory, slurm: Cluster) -> Loaded:
    run = SlurmRun(tmp_path_factory.mktemp("loads"), slurm, rows=ROWS, lakes=ROWS, latency=0)
    events = run.folder / "events"
    stand_in = [sys.executable, f"{CHECKOUT}/tests/slow_vllm.py", "--events", str(events)]
    stand_in += ["--load", str(LOAD * SPEED), "--speed", str(SPEED)]
    served = {"backend": "vllm", "concurrency": 4}
    for dataset in DATASETS:
        run.config["datasets"][dataset]["rubric"] = "longbench-write"
    run.config |= {
        "commands": {"vllm": shlex.join(stand_in)},
        "models": {name: served | {"model": name} for name in MODELS},
        "judges": {"judge": served | {"model": "judge"}},
        "evaluate": {"datasets": list(DATASETS), "models": list(MODELS), "judges": ["judge"]},
    }
    run.prepare(*(f"results/{dataset}/prompts.parquet" for dataset in DATASETS), "work/rubrics/longbench-write.json")
    run.finish("all_judgements")
    logs = (run.folder / "logs").glob("*_gpu/**/*.log")
    idle = [path.as_posix() for path in logs if "starting: " not in path.read_text(encoding="utf-8")]
    return Loaded(run, run.jobs(), lives(events), idle)


def test_what_is_loaded(loaded: Loaded) -> None:
    loads = loaded.loads()
    on_gpus = [job for job in loaded.jobs if job.gpus]
    held, up = sum(job.seconds for job in on_gpus), sum(server.end - server.start for server in loaded.servers)
    print(
        f"\n{len(MODELS)} models, {len(DATASETS)} datasets of {ROWS} prompts, a judge; {GPUS} GPUs; {LOAD:g} s a load"
    )
    print(f"loads: {dict(sorted(loads.items()))}")
    print(f"GPU seconds: {held:.0f} held by jobs, {up:.0f} with a server up")
    print(f"jobs on a GPU: {len(on_gpus)}, {len(loaded.idle)} of them found everything made")
    for job in on_gpus:
        print(f"  {job.start[11:]} {job.end[11:]} {job.rule} {job.wildcards}")
    assert {job.state for job in loaded.jobs} == {"COMPLETED"}
    assert {name: loads[name] for name in MODELS} == dict.fromkeys(MODELS, 1)
    # Once or twice; more often where responses come late, one after another. Without those of others it were each job.
    assert 1 <= loads["judge"] < len(DATASETS) * len(MODELS)
    assert len(on_gpus) == len(DATASETS) * len(MODELS) * 2
    assert len(loaded.idle) == len(on_gpus) - loads.total()
    assert not (loaded.run.folder / "work/.runs").exists(), "the notes of the run are removed at its end"


def test_each_is_asked_once(loaded: Loaded) -> None:
    requests = Counter((server.model, request) for server in loaded.servers for request in server.received)
    assert set(requests.values()) == {1}
    numbers = Counter(model for model, _ in requests)
    rows = ROWS * len(DATASETS)
    assert numbers == dict.fromkeys(MODELS, rows) | {"judge": rows * len(MODELS)}


def test_no_two_jobs_of_a_server_ran_at_a_time(loaded: Loaded) -> None:
    for name in (*MODELS, "judge"):
        jobs = [job for job in loaded.jobs if job.gpus and asked_by(job) == name]
        ends = sorted((job.start, job.end) for job in jobs)
        assert len(jobs) == len(DATASETS) * (len(MODELS) if name == "judge" else 1)
        assert all(end <= start for (_, end), (start, _) in zip(ends, ends[1:], strict=False)), jobs


def asked_by(job: Job) -> str:
    """Whose server a job is for: `rivers_a_000`, `rivers_a_judge_000`."""
    return job.wildcards.split("_")[-2]
