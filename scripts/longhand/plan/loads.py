"""GPU hours: each server of a run works off one queue, whichever jobs its requests are of. It is loaded once, and again
for what waits for the end of a job that had it."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from statistics import median
from typing import Any

from longhand.ask.servers import server_key
from longhand.config.serving import Serving
from longhand.plan.costs import Experience, Range, around
from longhand.plan.looking import Request
from longhand.plan.stale import StaleJob

STARTUP = 120.0
"""Seconds that a vLLM server is assumed to take to start, where no start was measured."""
GUESSED_START, MEASURED_START = 2.0, 1.5
"""How far off these seconds may be: factors in both directions."""


@dataclass(frozen=True)
class Demand:
    """What one job asks of one entry that is served on GPUs here.

    Attributes:
        job: the table that it writes.
        entry: its folder in the journal.
        serving: of the entry.
        requests: that are missing.
        attempts: how often one is sent at most.
    """

    job: str
    entry: PurePath
    serving: Serving
    requests: Sequence[Request]
    attempts: int


@dataclass(frozen=True)
class Server:
    """A vLLM server of a run.

    Attributes:
        entries: that it answers for, which have the same weights and flags.
        jobs, requests: that ask something of it.
        loads: how often it is loaded.
        gpus: that each load takes.
        start: seconds of a load; starts: measured ones behind that.
        hours: GPU hours, loads included; None where an entry's speed is not known.
        shares: (job, entry) -> its share of these hours, by the seconds of its requests.
    """

    entries: tuple[PurePath, ...]
    jobs: int
    requests: int
    loads: int
    gpus: int
    start: float
    starts: int
    hours: Range | None
    shares: Mapping[tuple[str, PurePath], float]

    @property
    def names(self) -> str:
        """Of its entries, each once."""
        return " and ".join(dict.fromkeys(entry.name for entry in self.entries))

    def to_json(self) -> dict[str, Any]:
        """For other programs."""
        return {
            "entries": [entry.as_posix() for entry in self.entries],
            "jobs": self.jobs,
            "requests": self.requests,
            "loads": self.loads,
            "gpus": self.gpus,
            "seconds_per_load": round(self.start, 1),
            "gpu_hours": self.hours and {name: round(end, 4) for name, end in self.hours._asdict().items()},
        }


def servers_of(
    demands: Iterable[Demand], experience: Mapping[PurePath, Experience], stale: Iterable[StaleJob]
) -> list[Server]:
    """The servers of a run.

    Args:
        demands: of all jobs of the run; those without a request load nothing.
        experience: entry -> what is known of it.
        stale: all jobs of the run.
    """
    by_server: dict[str, list[Demand]] = {}
    for demand in demands:
        if demand.requests:
            by_server.setdefault(server_key(demand.serving), []).append(demand)
    chains = _chains(stale, {key: {demand.job for demand in some} for key, some in by_server.items()})
    return [_server(some, experience, chains[key]) for key, some in by_server.items()]


def _chains(stale: Iterable[StaleJob], askers: Mapping[str, Collection[str]]) -> Counter[str]:
    """Server -> the most of its jobs of which each waits for the end of the one before, whatever is between them.

    A server ends with the job that has it up, so that the next one of them loads it anew.

    Args:
        stale: all jobs of the run.
        askers: server -> the tables of the jobs that ask it.
    """
    makers = {path: job for job in stale for path in job.outputs}
    longest: dict[str, Counter[str]] = {}  # job, by its first output -> as it ends

    def up_to(job: StaleJob) -> Counter[str]:
        name = job.outputs[0]
        if name not in longest:
            before = Counter[str]()
            for path in job.reads:
                if path in makers:
                    before |= up_to(makers[path])
            longest[name] = before + Counter(server for server, tables in askers.items() if name in tables)
        return longest[name]

    chains = Counter[str]()
    for job in makers.values():
        chains |= up_to(job)
    return chains


def _server(demands: Sequence[Demand], experience: Mapping[PurePath, Experience], chain: int) -> Server:
    entries = tuple(dict.fromkeys(demand.entry for demand in demands))
    jobs, gpus = len({demand.job for demand in demands}), demands[0].serving.gpus
    at_once = min(max(demand.serving.servers for demand in demands), jobs)
    loads = max(chain, at_once)
    starts = [seconds for entry in entries for seconds in experience[entry].starts]
    start = median(starts) if starts else STARTUP
    seconds = {
        (demand.job, demand.entry): [experience[demand.entry].seconds(request) for request in demand.requests]
        for demand in demands
    }
    known = {key: [one for one in some if one is not None] for key, some in seconds.items()}
    sums = {key: sum(some) for key, some in known.items()}
    total, hours = sum(sums.values()), None
    if all(None not in some for some in seconds.values()):
        slots = at_once * max(demand.serving.concurrency for demand in demands)
        busy = packed(sorted((one for some in known.values() for one in some), reverse=True), slots)
        spread = _spread(demands, sums, experience)
        writing = spread.times(*(at_once * busy,) * 3)
        loading = around(start, MEASURED_START if starts else GUESSED_START).times(*(loads,) * 3)
        hours = Range(*(gpus * end / 3600 for end in writing.plus(loading)))
    shares = {key: one / total if total else 1 / len(sums) for key, one in sums.items()}
    number = sum(len(demand.requests) for demand in demands)
    return Server(entries, jobs, number, loads, gpus, start, len(starts), hours, shares)


def _spread(
    demands: Iterable[Demand], sums: Mapping[tuple[str, PurePath], float], experience: Mapping[PurePath, Experience]
) -> Range:
    """By which factors the seconds of a server may differ: the mean over entries, by the seconds of their requests."""
    by_entry: dict[PurePath, list[Demand]] = {}
    for demand in demands:
        by_entry.setdefault(demand.entry, []).append(demand)
    spread, total = Range(), sum(sums.values())
    for entry, some in by_entry.items():
        requests = [request for demand in some for request in demand.requests]
        stretch = experience[entry].stretch(requests, max(demand.attempts for demand in some))
        share = sum(sums[demand.job, entry] for demand in some) / total if total else 1 / len(by_entry)
        spread = spread.plus(stretch.times(share, share, share))
    return spread


def packed(seconds: Iterable[float], workers: int) -> float:
    """Seconds until all is done, when so many workers take what comes next as they get free."""
    free = [0.0] * workers
    for one in seconds:
        heapq.heapreplace(free, free[0] + one)
    return max(free)
