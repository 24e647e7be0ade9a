"""Where the page's numbers come from: versions that made the tables, models that answered, what it cost and took."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from longhand.report.wording import counted, hours, listed, money, number, seen
from longhand.summary.inputs import Source, Tally
from longhand.tables.files import Row
from longhand.tables.makers import makers

LABELS = 3
"""Tables that are named where versions differ; more of them are counted."""


def versions(tables: Iterable[Path], tallies: Sequence[tuple[Source, Tally]], results: Path) -> list[tuple[str, str]]:
    """The versions that made the tables, as (name, text): `0.1.0`; where they differ, each with its tables.

    Args:
        tables: all that the page shows.
        tallies: of the tables with answers, whose rows say what served the model.
        results: the folder that their names are relative to.
    """
    made: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    servers = {source.path: tally.servers for source, tally in tallies}
    for path in tables:
        label = os.path.relpath(path, results).removesuffix(".parquet")
        served = [(name, version) for name, _, version in (each.partition(" ") for each in servers.get(path, ()))]
        for name, version in dict.fromkeys([*(pair for maker in makers(path) for pair in maker.versions), *served]):
            made[name][version].append(label)
    return [(seen(name), _told(of_version)) for name, of_version in made.items()]


def _told(labels_by_version: dict[str, list[str]]) -> str:
    if len(labels_by_version) == 1:
        return seen(next(iter(labels_by_version)))
    most, *others = sorted(labels_by_version, key=lambda version: (-len(labels_by_version[version]), version))
    parts = [f"{most} ({counted(len(labels_by_version[most]), 'table')})"]
    for version in others:
        labels = labels_by_version[version]
        more = [f"{len(labels) - LABELS:,} more"] if len(labels) > LABELS else []
        parts.append(f"{version} ({listed([*labels[:LABELS], *more])})")
    return seen("; ".join(parts))


@dataclass(frozen=True)
class Reported:
    """A model or judge whose servers reported other names than the one that was asked for, or several.

    Attributes:
        kind: model or judge.
        names: each with how many rows.
    """

    kind: str
    name: str
    requested: str
    names: list[tuple[str, int]]


def reported(tallies: Sequence[tuple[Source, Tally]]) -> list[Reported]:
    """All such models and judges of the page. The name that was asked for is in the tables' metadata."""
    names: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    requested: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for source, tally in tallies:
        key = ("model", source.model) if source.judge is None else ("judge", source.judge)
        for name, n in tally.names.items():
            names[key][name] += n
        requested[key] |= dict.fromkeys(maker.model for maker in makers(source.path) if maker.model is not None)
    return [
        Reported(*key, listed([seen(name) for name in requested[key]]) or seen(None), _most_first(counts_by_name))
        for key, counts_by_name in names.items()
        if set(counts_by_name) != set(requested[key]) or len(counts_by_name) > 1
    ]


def _most_first(counts_by_name: dict[str, int]) -> list[tuple[str, int]]:
    return [(seen(name), n) for name, n in sorted(counts_by_name.items(), key=lambda each: (-each[1], each[0]))]


def costs(board: Sequence[Row]) -> str:
    """What the answers of the leaderboard cost, in a sentence; empty where nothing was asked."""
    whole = [row for row in board if row["slice_kind"] == "all"]
    responses = {(row["dataset"], row["model"]): row for row in whole}.values()
    sums: dict[str, float] = {}
    unpriced: dict[str, None] = {}
    for what, rows, prefix in (("responses", responses, ""), ("verdicts", whole, "judge_")):
        for row in rows:
            if row[f"{prefix}completion_tokens"] is None:
                continue
            if (usd := number(row[f"{prefix}cost"])) is None:
                unpriced[row["judge" if prefix else "model"]] = None
            else:
                sums[what] = sums.get(what, 0.0) + usd
    shared = {(row["dataset"], row["judge"]): row["judge_shared_cost"] for row in whole}  # the same for all models
    known = [usd for usd in map(number, shared.values()) if usd is not None]
    sums |= {"facts of contexts": sum(known)} if known else {}
    if not sums:
        return "No price is known, so no cost." if unpriced else ""
    parts = listed([f"{money(usd)} for {what}" for what, usd in sums.items()])
    whole_cost = f"{money(sum(sums.values()))}: {parts}" if len(sums) > 1 else parts
    missing = f"; {listed(list(unpriced))} {'has' if len(unpriced) == 1 else 'have'} no price" if unpriced else ""
    return f"Cost {whole_cost}, by the prices in the config{missing}."


def durations(tallies: Sequence[tuple[Source, Tally]]) -> str:
    """How long requests took, in a sentence: added up, since they ran at the same time."""
    sums = {"responses": 0.0, "verdicts": 0.0}
    for source, tally in tallies:
        sums["responses" if source.judge is None else "verdicts"] += tally.seconds
    parts = [f"{hours(seconds)} for {what}" for what, seconds in sums.items() if seconds]
    return f"Requests took {listed(parts)}, added up over all that ran at the same time." if parts else ""


def dates(tables: Iterable[Path], made: datetime) -> str:
    """When the tables were written, by their files' dates, and when the page was made."""
    times = sorted(datetime.fromtimestamp(path.stat().st_mtime, UTC) for path in tables)
    shown = list(dict.fromkeys(f"{time:%Y-%m-%d %H:%M}" for time in (times[0], times[-1])))
    span = f"from {shown[0]} to {shown[1]}" if len(shown) > 1 else f"at {shown[0]}"
    return f"Tables written {span} UTC, this page at {made:%Y-%m-%d %H:%M} UTC."
