"""The plan of a run: its stale jobs, what they would cost, and what cannot be known yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path, PurePath
from typing import Any

from longhand.ask.starts import past_starts
from longhand.config.load import Config
from longhand.plan.contents import Contents
from longhand.plan.costs import Costs, Experience, Range
from longhand.plan.grouping import grouped_by
from longhand.plan.lines import AskLine
from longhand.plan.loads import Demand, Server, servers_of
from longhand.plan.looking import Request
from longhand.plan.notes import notes_of
from longhand.plan.past import past_answers
from longhand.plan.places import config_entry, entry_files
from longhand.plan.requests import JobRequests, Lookout
from longhand.plan.stale import StaleJob, reasons_by_rule
from longhand.plan.training_memory import Training, planned_trainings, training_notes
from longhand.preferences.mix import ChatSet, check_first
from longhand.prompts.file_kinds import kind_of


@dataclass(frozen=True)
class Plan:
    """What would run and what it would cost.

    Attributes:
        rules: rule -> its jobs.
        reasons: rule -> reason -> jobs that are stale for it.
        lines: what is asked, in sums; jobs: job by job.
        servers: that are loaded.
        trainings: what is trained.
        total: of what is known; `notes` says what is not.
    """

    rules: dict[str, int]
    reasons: dict[str, dict[str, int]]
    lines: list[AskLine]
    jobs: list[tuple[JobRequests, Costs]]
    servers: list[Server]
    trainings: list[Training]
    total: Costs
    notes: list[str]

    @property
    def unknown(self) -> bool:
        """Whether there are requests that cannot be known yet."""
        return any(line.unknown for line in self.lines)

    def to_json(self) -> dict[str, Any]:
        """The plan for other programs."""
        return {
            "rules": [{"rule": rule, "jobs": n, "reasons": self.reasons[rule]} for rule, n in self.rules.items()],
            "asks": [
                {"step": line.step, "asked": line.name, "dataset": line.dataset, "jobs": line.jobs, "rows": line.rows}
                | {"earlier_answers": line.known, "complete": not line.unknown, "under_way": line.under_way}
                | _figures(line.costs)
                for line in self.lines
            ],
            "jobs": [
                {"rule": job.job.rule, **job.job.wildcards, "rows": job.rows, "complete": job.unfetched is None}
                | {"under_way": job.notes.under_way}
                | _figures(costs)
                for job, costs in self.jobs
            ],
            "servers": [server.to_json() for server in self.servers],
            "trainings": [training.to_json() for training in self.trainings],
            "total": {"complete": not self.unknown} | _figures(self.total),
            "notes": self.notes,
        }


@dataclass(frozen=True)
class _Part:
    """What one job would ask of one entry."""

    job: JobRequests
    entry: PurePath
    requests: list[Request]

    @property
    def key(self) -> tuple[str, PurePath]:
        """As the shares of a server have it."""
        return self.job.job.outputs[0], self.entry


def _check_mixed(run: Path, config: Config) -> None:
    """Looks at the user's chat sets: the step that reads them comes last."""
    for entry in config.raw["sft"].values():
        for name, chat in entry["mix"].items():
            if "path" in chat:
                check_first(ChatSet(name, run / chat["path"], kind_of(chat), chat["share"], chat["fields"]))


async def make_plan(run: Path, config: Config, stale: Sequence[StaleJob]) -> Plan:
    """What the stale jobs of a run would ask, and what that would cost.

    Args:
        run: the run folder.
        config: of the run.
        stale: Snakemake's list.

    Raises:
        LonghandError: a file that jobs will read is not what it should be.
    """
    _check_mixed(run, config)
    contents = Contents(run, config, stale)
    jobs = [job async for job in Lookout(run, contents).look(job for job in stale if job.asks)]
    experience = await _experience(run, config, contents, jobs)
    parts = [_Part(job, entry, requests) for job in jobs for entry, requests in job.by_entry().items()]
    servers = servers_of(_demands(parts, experience), experience, stale)
    shares = {key: (server, share) for server in servers for key, share in server.shares.items()}

    def costs(some: Sequence[_Part]) -> Costs:
        """Of parts of one step on one dataset's responses of one model, at one entry."""
        job, entry = some[0].job, some[0].entry
        writer = None if job.job.generates else experience.get(PurePath("models", job.job.model))
        requests = [request for part in some for request in part.requests]
        hours = _hours(shares[part.key] for part in some if part.key in shares)
        attempts = 1 if entry.parts[0] == "embedders" else job.attempts  # vectors are always readable
        return replace(experience[entry].costs(requests, attempts, writer), gpu_hours=hours)

    lines = []
    groups = grouped_by(parts, lambda part: (not part.job.job.generates, part.entry, part.job.job.dataset))
    for (judges, entry, dataset), some in sorted(groups.items(), key=lambda group: group[0][0]):  # generate, judge
        by_model = grouped_by(some, lambda part: part.job.job.model)
        lines.append(
            AskLine(
                "judge" if judges else "generate",
                entry,
                dataset,
                sum(bool(part.requests) for part in some),
                sum(part.job.rows for part in some) if some[0].job.entry == entry else None,
                experience[entry].known,
                reduce(Costs.plus, map(costs, by_model.values())),
                sum(part.job.notes.under_way for part in some if part.job.entry == entry),
                frozenset(part.job.unfetched for part in some if part.job.unfetched is not None),
            )
        )
    of_job = grouped_by(parts, lambda part: part.job.job.outputs)
    by_job = [(job, reduce(Costs.plus, (costs([part]) for part in of_job[job.job.outputs]))) for job in jobs]
    rules, reasons = {}, {}
    for rule, counted in reasons_by_rule(stale).items():
        rules[rule], reasons[rule] = sum(job.rule == rule for job in stale), dict(counted.most_common())
    total = reduce(Costs.plus, (line.costs.known for line in lines), Costs())
    trainings = list(planned_trainings(run, config, stale))
    notes = [*notes_of(run, config, lines, servers, jobs), *training_notes(trainings)]
    return Plan(rules, reasons, lines, by_job, servers, trainings, total, notes)


def _demands(parts: Iterable[_Part], experience: Mapping[PurePath, Experience]) -> Iterable[Demand]:
    """What is asked of servers on GPUs."""
    for part in parts:
        if part.requests and experience[part.entry].entry.on_gpu:
            serving = next(entry.serving for entry in part.job.entries.values() if entry.place == part.entry)
            yield Demand(*part.key, serving, part.requests, part.job.attempts)


def _hours(shares: Iterable[tuple[Server, float]]) -> Range | None:
    """GPU hours of shares of servers; None where those of one are not known."""
    total = Range()
    for server, share in shares:
        if server.hours is None:
            return None
        total = total.plus(server.hours.times(share, share, share))
    return total


async def _experience(
    run: Path, config: Config, contents: Contents, jobs: Sequence[JobRequests]
) -> dict[PurePath, Experience]:
    """Entry -> what is known of it: from tables, and from what the journal has for the jobs."""
    experience = {}
    answered = grouped_by((one for job in jobs for one in job.answered), lambda one: one[0])
    for place in dict.fromkeys(entry.place for job in jobs for entry in job.entries.values()):
        entry = config_entry(config, place)
        past = await past_answers(run, config, entry, contents)
        past.figures += [figures for _, figures in answered.get(place, [])]
        past.starts = past_starts(entry_files(run, place).folders, entry.serving)
        experience[place] = Experience(entry, past)
    return experience


def _figures(costs: Costs) -> dict[str, Any]:
    """Costs as JSON: counts of requests are whole, the rest has a range."""

    def ends(value: Range | None, digits: int) -> dict[str, float] | None:
        return None if value is None else {name: round(end, digits) for name, end in value._asdict().items()}

    return {
        "requests": round(costs.requests.low),
        "requests_certain": costs.certain,
        "requests_with_repeats": ends(costs.requests, 1),
        "tokens_in": ends(costs.tokens_in, 0),
        "tokens_out": ends(costs.tokens_out, 0),
        "usd": ends(costs.usd, 6),
        "usd_live": ends(costs.usd_live, 6),
        "gpu_hours": ends(costs.gpu_hours, 4),
    }
