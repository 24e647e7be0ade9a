"""The plan of a run: its stale jobs, what they would cost, and what cannot be known yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any, TypeVar

from longhand.ask.entry_files import EntryFiles
from longhand.ask.spend import most_spent_in
from longhand.ask.starts import past_starts
from longhand.config.load import Config
from longhand.plan.contents import Contents
from longhand.plan.costs import Costs, Experience, Range
from longhand.plan.past import past_responses, past_verdicts
from longhand.plan.requests import AskJob, Lookout
from longhand.plan.stale import SHARD_JOBS, StaleJob, reasons_by_rule, settle
from longhand.plan.trainings import Training, planned_trainings, training_notes

Key = TypeVar("Key")


@dataclass(frozen=True)
class AskLine:
    """What one model is asked for one dataset, or one judge about the responses to it.

    Attributes:
        step: generate or judge.
        jobs: that have something to ask.
        rows: answers that the stale jobs need, those in the journal included.
        known: earlier answers behind the estimates.
        unfetched: files that must be made before all requests can be known.
    """

    step: str
    asked: str
    dataset: str
    jobs: int
    rows: int
    known: int
    costs: Costs
    unfetched: frozenset[str]

    @property
    def unknown(self) -> bool:
        """Whether there are requests that cannot be known yet."""
        return bool(self.unfetched)


@dataclass(frozen=True)
class Plan:
    """What would run and what it would cost.

    Attributes:
        rules: rule -> its jobs.
        reasons: rule -> reason -> jobs that are stale for it.
        lines: what is asked, in sums; jobs: job by job.
        trainings: what is trained.
        total: of what is known; `notes` says what is not.
    """

    rules: dict[str, int]
    reasons: dict[str, dict[str, int]]
    lines: list[AskLine]
    jobs: list[tuple[AskJob, Costs]]
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
                {"step": line.step, "asked": line.asked, "dataset": line.dataset, "jobs": line.jobs, "rows": line.rows}
                | {"earlier_answers": line.known, "complete": not line.unknown}
                | _figures(line.costs)
                for line in self.lines
            ],
            "jobs": [
                {"rule": job.job.rule, **job.job.wildcards, "rows": job.rows, "complete": job.unfetched is None}
                | _figures(costs)
                for job, costs in self.jobs
            ],
            "trainings": [training.to_json() for training in self.trainings],
            "total": {"complete": not self.unknown} | _figures(self.total),
            "notes": self.notes,
        }


async def make_plan(run: Path, config: Config, stale: Sequence[StaleJob]) -> Plan:
    """What the stale jobs of a run would ask, and what that would cost.

    Args:
        run: the run folder.
        config: of the run.
        stale: Snakemake's list.
    """
    contents = Contents(run, config, stale)
    running, spared = settle(stale, contents.unchanged)
    behind_the_split = [job for job in running if job.rule in SHARD_JOBS]
    jobs = [job async for job in Lookout(run, contents).look(behind_the_split)]
    experience = _experience(run, config, contents, jobs)

    def costs(some: Sequence[AskJob]) -> Costs:
        """Of jobs of one step on one dataset and one model."""
        job = some[0]
        own = experience[job.generates, job.asked]
        return own.costs(some, None if job.generates else experience.get((True, job.job.model)))

    lines = []
    grouped = _grouped(jobs, lambda job: (job.generates, job.asked, job.job.dataset))
    for (generates, asked, dataset), some in sorted(grouped, key=lambda group: not group[0][0]):  # generate, judge
        parts = [costs(part) for _, part in _grouped(some, lambda job: job.job.model)]
        lines.append(
            AskLine(
                "generate" if generates else "judge",
                asked,
                dataset,
                sum(bool(job.missing) for job in some),
                sum(job.rows for job in some),
                experience[generates, asked].known,
                reduce(Costs.plus, parts),
                frozenset(job.unfetched for job in some if job.unfetched is not None),
            )
        )
    rules, reasons = {}, {}
    for rule, counted in reasons_by_rule(running).items():
        rules[rule], reasons[rule] = sum(job.rule == rule for job in running), dict(counted.most_common())
    total = reduce(Costs.plus, (line.costs.known for line in lines), Costs())
    notes = [
        *_unknown(lines),
        *_without(lines),
        *_starts(jobs, experience),
        *_budgets(run, config, lines),
        *_cut_short(config, jobs),
    ]
    if spared:
        notes.append(
            f"{len(spared)} more jobs are stale only until the prompts are split: their prompts have not changed"
        )
    trainings = list(planned_trainings(run, config, running))
    notes += training_notes(trainings)
    return Plan(rules, reasons, lines, [(job, costs([job])) for job in jobs], trainings, total, notes)


def _grouped(jobs: Iterable[AskJob], key: Callable[[AskJob], Key]) -> Iterable[tuple[Key, list[AskJob]]]:
    groups: dict[Key, list[AskJob]] = {}
    for job in jobs:
        groups.setdefault(key(job), []).append(job)
    return groups.items()


def _experience(
    run: Path, config: Config, contents: Contents, jobs: Iterable[AskJob]
) -> dict[tuple[bool, str], Experience]:
    """(generates, name) -> what is known of a model or judge: from tables, and from what the journal has for jobs."""
    experience = {}
    for (generates, name), own in _grouped(jobs, lambda job: (job.generates, job.asked)):
        asked = (config.models if generates else config.judges)[name]
        past = past_responses(run, config, asked) if generates else past_verdicts(run, config, asked, contents)
        past.figures += [one for job in own for one in job.found]
        past.starts = past_starts(_files(run, generates, name).folders, asked.serving)
        experience[generates, name] = Experience(asked, past)
    return experience


def _files(run: Path, generates: bool, name: str) -> EntryFiles:
    """What a model or judge has in the journal."""
    return EntryFiles(run / "journal", "models" if generates else "judges", name)


def _unknown(lines: Iterable[AskLine]) -> list[str]:
    """What has to be fetched before all is known."""
    targets = sorted({target for line in lines for target in line.unfetched})
    if not targets:
        return []
    make = f"snakemake {' '.join(targets)}, with the options of this plan"
    return [f"a file is not fetched yet, so some requests are not known and not counted; to fetch it: {make}"]


def _without(lines: Iterable[AskLine]) -> list[str]:
    """Whose price or speed is missing."""
    notes: dict[str, None] = {}
    for line in lines:
        if line.costs.usd is None:
            notes[f"no money for {line.asked}: the config has no price"] = None
        if line.costs.gpu_hours is None:
            notes[f"no GPU hours for {line.asked}: the config has no tokens_per_second, and no run measured it"] = None
    return list(notes)


def _starts(jobs: Iterable[AskJob], experience: Mapping[tuple[bool, str], Experience]) -> list[str]:
    """What a start of each server that will be started is taken to cost, and how that is known."""
    starting = dict.fromkeys((job.generates, job.asked) for job in jobs if job.missing)
    return [
        f"each start of {name}'s server counts as {known.start:.0f} s, "
        + (f"the median of {known.starts} that were measured" if known.starts else "since none was measured yet")
        for (_, name), known in ((key, experience[key]) for key in starting)
        if known.asked.on_gpu
    ]


def _budgets(run: Path, config: Config, lines: Sequence[AskLine]) -> list[str]:
    """Which budgets may not suffice."""
    notes = []
    for step, name in dict.fromkeys((line.step, line.asked) for line in lines):
        own = [line for line in lines if (line.step, line.asked) == (step, name)]
        serving = (config.models if step == "generate" else config.judges)[name].serving
        usd = reduce(Costs.plus, (line.costs for line in own)).usd or Range()
        if serving.budget is not None and serving.price is not None and usd.high:
            files = _files(run, step == "generate", name).all()
            spent = sum(most_spent_in(path, serving.price) for path in files)
            if spent + usd.high > serving.budget:
                may = "will" if spent + usd.low > serving.budget else "may"
                notes.append(f"{name} {may} reach its budget of {serving.budget:g} USD: {spent:.2f} are spent")
    return notes


def _cut_short(config: Config, jobs: Iterable[AskJob]) -> list[str]:
    """Whose max_tokens is too small for what is required of it."""
    notes = []
    for name, own in _grouped((job for job in jobs if job.generates), lambda job: job.asked):
        longest = config.models[name].identity.longest
        asked = [request.prompt.tokens for job in own for request in job.missing]
        if longest is not None and (short := sum(tokens > longest for tokens in asked)):
            notes.append(
                f"{short} of {len(asked)} requests to {name} require more words than its limit of {longest:,} tokens"
                " is likely to hold: these texts will be cut"
            )
    return notes


def _figures(costs: Costs) -> dict[str, Any]:
    """Costs as JSON: requests are whole and certain, the rest has a range."""

    def ends(value: Range | None, digits: int) -> dict[str, float] | None:
        return None if value is None else {name: round(end, digits) for name, end in value._asdict().items()}

    return {
        "requests": round(costs.requests.low),
        "requests_with_repeats": ends(costs.requests, 1),
        "tokens_in": ends(costs.tokens_in, 0),
        "tokens_out": ends(costs.tokens_out, 0),
        "usd": ends(costs.usd, 6),
        "gpu_hours": ends(costs.gpu_hours, 4),
    }
