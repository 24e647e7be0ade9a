"""What a plan says beside its figures: what is not known, what a server is taken to cost, what will not suffice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from pathlib import Path

from longhand.ask.spend import paid_in, usd_at_most
from longhand.config.load import Config
from longhand.plan.costs import Costs, Range, three_digits
from longhand.plan.grouping import grouped_by
from longhand.plan.lines import AskLine
from longhand.plan.loads import Server
from longhand.plan.places import config_entry, entry_files
from longhand.plan.requests import JobRequests
from longhand.prompts.criteria import unused_criteria

WAITING = "neither asked nor paid for again: a run collects the answers once they are there"
GIVEN_UP = "and the config has no `batch` for it: a run cancels these, collects what came, and asks the rest live"


def notes_of(
    run: Path, config: Config, lines: Sequence[AskLine], servers: Iterable[Server], jobs: Iterable[JobRequests]
) -> Iterator[str]:
    """The notes on what is asked.

    Args:
        run: the run folder.
        config: of the run.
        lines, servers, jobs: of the plan.
    """
    yield from _unknown(lines)
    yield from _without(lines)
    yield from map(loads_note, servers)
    yield from _batches(config, lines)
    yield from _budgets(run, config, lines)
    yield from _cut_short(config, jobs)
    yield from _without_context(jobs)
    yield from _unused_criteria(jobs)


def _unknown(lines: Iterable[AskLine]) -> Iterator[str]:
    """What has to be fetched before all is known."""
    targets = sorted({target for line in lines for target in line.unfetched})
    if targets:
        make = f"snakemake {' '.join(targets)}, with the options of this plan"
        yield f"a file is not fetched yet, so some requests are not known and not counted; to fetch it: {make}"


def _without(lines: Iterable[AskLine]) -> Iterable[str]:
    """Whose price or speed is missing."""
    notes: dict[str, None] = {}
    for line in lines:
        if line.costs.usd is None:
            notes[f"no money for {line.name}: the config has no price"] = None
        if line.costs.gpu_hours is None:
            what = "the config has no tokens_per_second, and no run measured it"
            notes[f"no GPU hours for {line.name}: {what}"] = None
    return notes


def loads_note(server: Server) -> str:
    """How often a server is loaded, what that is taken to cost, and how that is known."""
    known = f"the median of {server.starts} that were measured" if server.starts else "since none was measured yet"
    loads = "once" if server.loads == 1 else f"{server.loads} times"
    what = f"{_counted(server.requests, 'request')} of {_counted(server.jobs, 'job')}"
    return f"the server of {server.names} is loaded {loads} for {what}; a load counts as {server.start:.0f} s, {known}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" + "s" * (number != 1)


def _batches(config: Config, lines: Iterable[AskLine]) -> Iterator[str]:
    """What judges cost that are asked in batches, both ways, and what is under way."""
    for entry, some in grouped_by(lines, lambda line: line.entry).items():
        serving, costs = config_entry(config, entry).serving, reduce(Costs.plus, (line.costs for line in some))
        if under_way := sum(line.under_way for line in some):
            be = "is" if under_way == 1 else "are"
            what = f"{_counted(under_way, 'question')} to {entry.name} {be} under way in batches"
            yield f"{what}, {WAITING if serving.batch else GIVEN_UP}"
        if serving.batch and serving.price is not None and costs.usd and costs.usd_live and costs.usd.high:
            in_batches, live = (three_digits(usd.expected) for usd in (costs.usd, costs.usd_live))
            unknown = "" if "batch_input" in serving.price else " (the config has no batch_price)"
            yield f"{entry.name} is asked in batches for {in_batches} USD{unknown}; live it would be {live} USD"


def _budgets(run: Path, config: Config, lines: Iterable[AskLine]) -> Iterator[str]:
    """Which budgets may not suffice."""
    for entry, some in grouped_by(lines, lambda line: line.entry).items():
        serving = config_entry(config, entry).serving
        usd = reduce(Costs.plus, (line.costs for line in some)).usd or Range()
        if serving.budget is not None and serving.price is not None and usd.high:
            spent = usd_at_most(*paid_in(entry_files(run, entry)), serving.price) or 0.0
            if spent + usd.high > serving.budget:
                may = "will" if spent + usd.low > serving.budget else "may"
                yield f"{entry.name} {may} reach its budget of {serving.budget:g} USD: {spent:.2f} are spent"


def _cut_short(config: Config, jobs: Iterable[JobRequests]) -> Iterator[str]:
    """Whose max_tokens is too small for what is required of it."""
    texts = [request for job in jobs if job.job.generates for request in job.missing if request.imagined is None]
    for entry, requests in grouped_by(texts, lambda request: request.entry).items():
        longest = config.models[entry.name].identity.longest
        if longest is None:
            continue
        if short := sum(request.prompt.stated and request.prompt.tokens > longest for request in requests):
            yield (
                f"{short} of {len(requests)} requests to {entry.name} require more words than its limit of {longest:,}"
                " tokens is likely to hold: these texts will be cut"
            )


def _without_context(jobs: Iterable[JobRequests]) -> Iterator[str]:
    """Which prompts a judge that looks into contexts can say nothing of."""
    judging = [job for job in jobs if job.without_context]
    for (judge, dataset), some in grouped_by(judging, lambda job: (job.entry.name, job.job.dataset)).items():
        number = len(set[str]().union(*(job.without_context for job in some)))
        have = "prompt has" if number == 1 else "prompts have"
        yield (
            f"{number} {have} no context in {dataset}: judge {judge} has no verdict on answers to what has none, and"
            " these count against min_coverage"
        )


def _unused_criteria(jobs: Iterable[JobRequests]) -> Iterator[str]:
    """Where prompts have criteria that judges do not grade by."""
    judging = [job for job in jobs if job.unused_criteria]
    for dataset, some in grouped_by(judging, lambda job: job.job.dataset).items():
        yield unused_criteria(dataset, len(set[str]().union(*(job.unused_criteria for job in some))))
