"""The time limit of a job on a cluster: nothing of others is begun that may not end before it."""

from __future__ import annotations

import os
import time

_END = "SLURM_JOB_END_TIME"  # seconds since 1970; Slurm sets it in a job's environment
_SPARE = 60.0  # seconds, for tables and for stopping servers
_LONGER = 1.5  # than the longest row so far: so much may the next one take


class Deadline:
    """Knows when the job ends. Without a time limit, it never does."""

    def __init__(self) -> None:
        end = os.environ.get(_END, "")
        self._end = float(end) if end.isdecimal() else None
        self._longest = 0.0

    def note(self, seconds: float) -> None:
        """A row took so long."""
        self._longest = max(self._longest, seconds)

    def allows_more(self) -> bool:
        """Whether another row is likely to end in time."""
        return self._end is None or time.time() + _LONGER * self._longest + _SPARE < self._end
