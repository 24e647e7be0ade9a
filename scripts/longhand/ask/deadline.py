"""The time limit of a job on a cluster: nothing of others is begun that may not end before it."""

from __future__ import annotations

import os
import subprocess
import time
from functools import cached_property

from longhand.ask.locks import say_once

_JOB = "SLURM_JOB_ID"
_PATIENCE = 10.0  # seconds for Slurm's answer
_SPARE = 60.0  # seconds, for tables and for stopping servers
_LONGER = 1.5  # than the longest row so far: so much may the next one take


class Deadline:
    """Knows when the job ends. Without a time limit, it never does."""

    def __init__(self) -> None:
        self._longest = 0.0

    def note(self, seconds: float) -> None:
        """A row took so long."""
        self._longest = max(self._longest, seconds)

    def allows_more(self) -> bool:
        """Whether another row is likely to end in time."""
        return self._end is None or time.time() + _LONGER * self._longest + _SPARE < self._end

    @cached_property
    def _end(self) -> float | None:
        return end_of_job()  # Slurm is asked once, and only by a job that could do more


def end_of_job() -> float | None:
    """When Slurm will end this process's job, in seconds since 1970; None if it will not, or does not say.

    Slurm itself is asked: a job's environment has its end from Slurm 23 on only, and Snakemake's jobs lose it again.
    """
    job = os.environ.get(_JOB)
    if job is None:
        return None
    command = ["squeue", "--noheader", "--jobs", job, "--format", "%e"]
    environment = os.environ | {"SLURM_TIME_FORMAT": "%s"}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=_PATIENCE)
        if done.returncode == 0:
            end = done.stdout.strip()
            return float(end) if end.isdecimal() else None  # NONE: it has no limit
        reason = done.stderr.strip()
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError) as e:
        reason = str(e)
    say_once(f"the job's time limit is not known, rows of other jobs may be begun too late: {reason}")
    return None
