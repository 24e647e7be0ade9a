"""Runs the workflow on the private cluster as a user does: `snakemake --profile slurm`, typed in the checkout."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections import Counter
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import psutil
from patience import started, wait_for
from running import CHECKOUT, Run
from slurm.cluster import Cluster, Job

STAND_IN = [sys.executable, f"{CHECKOUT}/tests/slurm/stand_in.py"]
"""What takes the place of vLLM; it writes down what it is asked."""


def prompts(number: int, first: int = 1) -> list[dict[str, Any]]:
    """Writing prompts; each starts with a number of its own."""
    return [
        {"prompt": f"{n:02d}: write about {n * 10} words on water.", "words": n * 10}
        for n in range(first, first + number)
    ]


class SlurmRun(Run):
    """A run folder whose jobs go to the cluster.

    Args:
        rows: prompts of its dataset `rivers`, numbered from 1.
        lakes: of another one, `lakes`, numbered from 51.
        latency: seconds that the model `on-gpu` takes for an answer.
    """

    def __init__(self, folder: Path, cluster: Cluster, rows: int, latency: float, shards: int = 1, lakes: int = 0):
        self.cluster, self.first, self.counts = cluster, cluster.last_job(), folder / "counts"
        on_gpu = {
            "backend": "vllm",
            "model": "stand-in",
            "engine": {"latency": latency},
            "concurrency": 1,
        }
        config = {
            "shards": shards,
            # Not among the engine's flags: what a file holds that these name decides answers, and this one grows.
            "commands": {"vllm": shlex.join([*STAND_IN, "--counts", str(self.counts)])},
            "datasets": {},
            "models": {"on-gpu": on_gpu},
            "evaluate": {"datasets": [], "models": ["on-gpu"], "judges": ["demo-judge"]},
        }
        super().__init__(folder, config)
        self.add("rivers", prompts(rows))
        if lakes:
            self.add("lakes", prompts(lakes, 51))

    def add(self, dataset: str, rows: list[dict[str, Any]]) -> None:
        """Writes the prompts of a dataset, which is a new one or not."""
        (self.folder / f"{dataset}.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
        self.config["datasets"][dataset] = {"path": f"{dataset}.jsonl", "fields": {"required": "words"}}
        self.config["evaluate"]["datasets"] = list(self.config["datasets"])

    def prepare(self, *targets: str) -> None:
        """Makes `targets` without Slurm, which is quicker: what a test is not about."""
        Run(self.folder, self.config).finish(*targets)

    def command(self, *arguments: str) -> list[str]:
        """The command line as in Run, with the profile."""
        return super().command(*arguments, "--profile", "slurm")

    def snakemake(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Runs snakemake to its end."""
        (self.folder / "output").unlink(missing_ok=True)
        with self.start(*arguments, **environment) as process:
            wait_for(lambda: process.poll() is not None, 400, "end of snakemake")
        return subprocess.CompletedProcess(process.args, process.returncode, self.output())

    def start(self, *arguments: str, **environment: str) -> AbstractContextManager[subprocess.Popen[bytes]]:
        """Starts snakemake in the checkout, where the profile is found by its name."""
        everything = os.environ | self.cluster.environment | environment
        return started(self.command(*arguments), self.folder, everything, cwd=self.checkout)

    def output(self) -> str:
        """What snakemake printed."""
        return (self.folder / "output").read_text(encoding="utf-8", errors="replace")

    def allow(self, answers: int) -> None:
        """From now on each server of the model gives so many answers and then lets all others wait."""
        path = self.folder / "allowed"
        path.with_suffix(".new").write_text(str(answers), encoding="utf-8")
        path.with_suffix(".new").replace(path)

    def jobs(self) -> list[Job]:
        """What was submitted since the last call, or since this object was made; all of it is over."""
        jobs = self.cluster.finished(after=self.first)
        self.first = jobs[-1].id if jobs else self.first
        return jobs

    def rules(self) -> Counter[str]:
        """How many jobs of each rule that were."""
        return Counter(job.rule for job in self.jobs())

    def requests(self) -> Counter[str]:
        """How often the model was asked each prompt, by its number; a judge's questions have none."""
        lines = self.counts.read_text(encoding="utf-8").splitlines() if self.counts.exists() else []
        return Counter(line[:2] for line in lines if line[:2].isdigit())

    def loads(self) -> int:
        """How often a server was started."""
        return self.counts.read_text(encoding="utf-8").splitlines().count("start") if self.counts.exists() else 0

    def answered(self) -> list[str]:
        """The numbers of the prompts whose answers the journal has."""
        return [text[:2] for text in self._texts("models")]

    def verdicts(self) -> int:
        """How many verdicts the journal has."""
        return len(self._texts("judges"))

    def _texts(self, kind: str) -> list[str]:
        paths = (self.folder / "journal" / kind).rglob("*.jsonl")
        lines = [line for path in paths for line in path.read_bytes().splitlines(keepends=True)]
        return [json.loads(line)["text"] for line in lines if line.endswith(b"\n")]


def running(cluster: Cluster, after: int, wildcards: str) -> Job:
    """Waits until a job runs whose wildcards end so, and whose number is greater than `after`."""

    def running_jobs() -> list[Job]:
        return [job for job in cluster.jobs(after) if job.wildcards.endswith(wildcards) and job.state == "RUNNING"]

    wait_for(running_jobs, 90, f"running job {wildcards}")
    return running_jobs()[-1]


def stand_ins() -> list[psutil.Process]:
    """Live processes of the stand-in."""
    processes = []
    for process in psutil.process_iter(["cmdline", "status"]):
        words = process.info["cmdline"] or []
        if words[:2] == STAND_IN and "serve" in words and process.info["status"] != psutil.STATUS_ZOMBIE:
            processes.append(process)
    return processes
