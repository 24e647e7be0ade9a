"""A private Slurm on this machine: one node with two pretended A100s, everything in one folder."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psutil
from patience import wait_for

GPUS = 2
_PATIENCE = 60.0  # seconds until a daemon must be up
_UNDER_WAY = {"PENDING", "CONFIGURING", "RUNNING", "COMPLETING"}
AWAY = "sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)"


@dataclass(frozen=True)
class Job:
    """A job as Slurm's controller remembers it.

    Attributes:
        rule, wildcards: which job of the workflow it is.
        gpus: what it asked for, as in `a100:1`; empty for none.
        start, end: as `2026-01-31T12:00:00`.
        restarts: how often Slurm itself started it again.
    """

    id: int
    state: str
    partition: str
    rule: str
    wildcards: str
    gpus: str
    start: str
    end: str
    restarts: int

    @property
    def seconds(self) -> float:
        """How long it held what it asked for, by Slurm's own clock, in whole seconds."""
        return (datetime.fromisoformat(self.end) - datetime.fromisoformat(self.start)).total_seconds()


class Cluster:
    """The running cluster.

    Attributes:
        environment: variables that make Slurm's commands talk to it.
    """

    def __init__(self, base: Path):
        self.base = base
        programs = base / "bin"
        programs.mkdir()
        # Snakemake's job step takes SLURM_CONF out of its environment before it calls srun.
        # While there is a file `away`, sbatch fails as it does while the controller restarts.
        scripts = {
            "srun": f'SLURM_CONF={base}/slurm.conf exec /usr/bin/srun "$@"',
            "sbatch": f"""echo >> {base}/tries; [ -e {base}/away ] || exec /usr/bin/sbatch "$@"
                echo "{AWAY}" >&2; exit 1""",
        }
        for name, script in scripts.items():
            (programs / name).write_text(f"#!/bin/sh\n{script}\n")
            (programs / name).chmod(0o755)
        path = f"{programs}:{os.environ['PATH']}:/usr/sbin"
        self.environment = {"SLURM_CONF": str(base / "slurm.conf"), "PATH": path}
        self._daemons: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """Starts munged, slurmctld and slurmd and waits until the node takes jobs."""
        for name in ("state", "spool"):
            (self.base / name).mkdir()
        for number in range(GPUS):  # character devices, else slurmd sets no CUDA_VISIBLE_DEVICES
            os.mknod(self.base / f"gpu{number}", 0o666 | stat.S_IFCHR, os.makedev(195, number))
        replaced = {"@BASE@": str(self.base), "@CONTROL_PORT@": _free_port(), "@NODE_PORT@": _free_port()}
        text = Path(__file__).with_name("slurm.conf").read_text(encoding="utf-8")
        for mark, value in replaced.items():
            text = text.replace(mark, value)
        (self.base / "slurm.conf").write_text(text, encoding="utf-8")
        gpus = f"NodeName=localhost Name=gpu Type=a100 File={self.base}/gpu[0-{GPUS - 1}]\n"
        (self.base / "gres.conf").write_text(gpus, encoding="utf-8")
        key = self.base / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        named = {"key-file": "munge.key", "socket": "munge.socket", "pid-file": "munged.pid", "seed-file": "munge.seed"}
        # --force: a folder that others may not enter is what is wanted here.
        self._daemon(
            "munged", "--foreground", "--force", *(f"--{flag}={self.base}/{name}" for flag, name in named.items())
        )
        wait_for((self.base / "munge.socket").exists, _PATIENCE, "socket of munged")
        self._daemon("slurmctld", "-D", "-c")
        wait_for(lambda: "is UP" in self.run("scontrol", "ping", check=False), _PATIENCE, "slurmctld")
        self.start_node()

    def start_node(self) -> None:
        """Starts the node's daemon."""
        self._daemon("slurmd", "-D", "-N", "localhost")
        wait_for(lambda: self.node_state() in ("idle", "mixed"), _PATIENCE, "node that takes jobs")

    def fail_node(self) -> None:
        """The node dies as by a power cut: its daemon and all processes of its jobs at once."""
        slurmd = self._daemons.pop("slurmd")
        steps = {parent for process in psutil.process_iter() if (parent := self._step_of(process))}
        family = [child for step in steps for child in step.children(recursive=True)]
        for process in [slurmd, *steps, *family]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        slurmd.wait()
        assert family, "jobs ran on the node"

    def _step_of(self, process: psutil.Process) -> psutil.Process | None:
        """Slurm's parent of a job's first process, whose own environment cannot be read."""
        try:
            if process.environ().get("SLURM_CONF") != self.environment["SLURM_CONF"]:
                return None
            parent = process.parent()
            return parent if parent and parent.name() == "slurmstepd" else None
        except psutil.Error:
            return None

    def stop(self) -> None:
        """Cancels what runs and ends the daemons."""
        if "slurmctld" in self._daemons:
            self.run("scancel", "--quiet", "--user", "root", check=False)
            with contextlib.suppress(AssertionError):
                wait_for(lambda: not self.run("squeue", "-h", check=False), 15, "empty queue")
        for name in reversed(list(self._daemons)):
            process = self._daemons.pop(name)
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def run(self, *words: str, check: bool = True) -> str:
        """Runs one of Slurm's commands and returns what it printed."""
        done = subprocess.run(words, env=os.environ | self.environment, capture_output=True, text=True, timeout=300)
        assert not check or done.returncode == 0, done.stderr
        return done.stdout.strip()

    def tries(self) -> int:
        """How often sbatch was called so far."""
        path = self.base / "tries"
        return len(path.read_text().splitlines()) if path.exists() else 0

    def node_state(self) -> str:
        """idle, mixed, down …"""
        return self.run("sinfo", "-h", "-p", "a100", "-o", "%T", check=False).rstrip("*")

    def jobs(self, after: int = 0) -> list[Job]:
        """All jobs whose number is greater than `after`, as submitted."""
        lines = self.run("scontrol", "show", "job", "-o").splitlines()
        jobs = [_job(line) for line in lines if line.startswith("JobId=")]
        return sorted((job for job in jobs if job.id > after), key=lambda job: job.id)

    def finished(self, after: int = 0) -> list[Job]:
        """The same once none of them runs or waits any more; Slurm takes a moment to clear up after a job."""
        wait_for(lambda: all(job.state not in _UNDER_WAY for job in self.jobs(after)), _PATIENCE, "end of all jobs")
        return self.jobs(after)

    def last_job(self) -> int:
        """The number of the last job that was submitted."""
        return max((job.id for job in self.jobs()), default=0)

    def _daemon(self, *words: str) -> None:
        log = (self.base / f"{words[0]}.out").open("ab")
        # setpriv: where pytest itself is killed the daemons go too.
        command = ["setpriv", "--pdeathsig", "TERM", *words]
        environment = os.environ | self.environment
        self._daemons[words[0]] = subprocess.Popen(command, env=environment, stdout=log, stderr=log)


@contextmanager
def cluster(base: Path) -> Iterator[Cluster]:
    """A cluster that is gone afterwards."""
    started = Cluster(base)
    try:
        started.start()
        yield started
    finally:
        started.stop()


def _free_port() -> str:
    with socket.socket() as free:
        free.bind(("", 0))
        return str(free.getsockname()[1])


def _job(line: str) -> Job:
    fields = dict(word.split("=", 1) for word in line.split() if "=" in word)
    rule, _, wildcards = fields.get("Comment", "").removeprefix("rule_").partition("_wildcards_")
    requested = " ".join(value for key, value in fields.items() if key.startswith("TresPer"))
    gpus = re.search(r"gpu:(\S+)", requested)
    return Job(
        id=int(fields["JobId"]),
        state=fields["JobState"],
        partition=fields["Partition"],
        rule=rule,
        wildcards=wildcards,
        gpus=gpus[1] if gpus else "",
        start=fields["StartTime"],
        end=fields["EndTime"],
        restarts=int(fields["Restarts"]),
    )
