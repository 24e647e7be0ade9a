"""Which jobs of a run came one after another, and how long each took: by the notes that Snakemake keeps of outputs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple


class Job(NamedTuple):
    """A job and when it ran, in seconds since 1970."""

    rule: str
    start: float
    end: float


def jobs_of(folder: Path) -> list[Job]:
    """The jobs of the run in a folder, by start. A job ends here with its last output, before its process does."""
    ends: dict[tuple[str, float], float] = {}
    for path in (folder / ".snakemake/metadata").rglob("*"):
        if path.is_file():
            note = json.loads(path.read_text(encoding="utf-8"))
            job = (note["rule"], note["starttime"])
            ends[job] = max(ends.get(job, 0.0), note["endtime"])
    return sorted((Job(rule, start, end) for (rule, start), end in ends.items()), key=lambda job: job.start)


def chain(jobs: list[Job]) -> list[Job]:
    """The jobs that the run waited for: back from the last, each time the one that ended last before the next began."""
    last = max(jobs, key=lambda job: job.end)
    waited = [last]
    while before := [job for job in jobs if job.end <= waited[0].start]:
        waited.insert(0, max(before, key=lambda job: job.end))
    return waited


def shown(folder: Path, began: float, ended: float) -> str:
    """A line per job of the chain: seconds from the end of the one before to its own; Snakemake's start and end.

    Args:
        folder: where the run was.
        began, ended: when its command did, in seconds since 1970.
    """
    lines, at = [("Snakemake's start", (jobs := chain(jobs_of(folder)))[0].start - began)], jobs[0].start
    for job in jobs:
        lines.append((job.rule, job.end - at))
        at = job.end
    lines.append(("end of the last job and of Snakemake", ended - at))
    return "\n".join(f"  {seconds:5.2f} s  {what}" for what, seconds in lines)
