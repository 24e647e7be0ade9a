"""Where numbers come from: versions that made the tables, names that servers reported, when tables were written."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from longhand.summary.inputs import Source, Tally
from longhand.tables.files import Row
from longhand.tables.makers import makers

EXAMPLES = 3
"""Tables that are named for a version."""


def version_rows(tables: Iterable[Path], tallies: Sequence[tuple[Source, Tally]], results: Path) -> Iterator[Row]:
    """Rows of VERSIONS.

    Args:
        tables: all that the numbers come from.
        tallies: of the tables with answers, whose rows say what served the model.
        results: the folder that names of tables are relative to.
    """
    made: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    servers = {source.path: tally.servers for source, tally in tallies}
    for path in tables:
        label = os.path.relpath(path, results).removesuffix(".parquet")
        served = [(name, version) for name, _, version in (each.partition(" ") for each in servers.get(path, ()))]
        for name, version in dict.fromkeys([*(pair for maker in makers(path) for pair in maker.versions), *served]):
            made[name][version].append(label)
    for name, labels_by_version in made.items():
        for version, labels in sorted(labels_by_version.items(), key=lambda each: (-len(each[1]), each[0])):
            yield {"name": name, "version": version, "tables": len(labels), "examples": ", ".join(labels[:EXAMPLES])}


def reported_rows(tallies: Sequence[tuple[Source, Tally]]) -> Iterator[Row]:
    """Rows of REPORTED_NAMES. The name that was asked for is in the tables' metadata."""
    names: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    requested: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for source, tally in tallies:
        key = ("models", source.model) if source.judge is None else ("judges", source.judge)
        for name, n in tally.names.items():
            names[key][name] += n
        requested[key] |= dict.fromkeys(maker.model for maker in makers(source.path) if maker.model is not None)
    for (kind, name), by_name in names.items():
        if set(by_name) != set(requested[kind, name]) or len(by_name) > 1:
            known = {"kind": kind, "name": name, "requested": ", ".join(requested[kind, name])}
            for reported, n in sorted(by_name.items(), key=lambda each: (-each[1], each[0])):
                yield known | {"reported": reported, "n": n}


def date_rows(tables: Iterable[Path]) -> Iterator[Row]:
    """The row of DATES; none without tables."""
    times = sorted(datetime.fromtimestamp(path.stat().st_mtime, UTC) for path in tables)
    if times:
        yield {"first": times[0].isoformat(timespec="seconds"), "last": times[-1].isoformat(timespec="seconds")}
