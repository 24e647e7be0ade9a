"""Self-Lengthen as it is shown: lengths on the way, iteration by iteration, and what was refused and dropped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from longhand.report.calls import CallReason, call_reasons, count_calls
from longhand.report.funnels import Funnel, read_funnel
from longhand.report.made_tables import (
    MadeTables,
    Spread,
    spread_of,
    words_of_contexts,
    words_trained_on,
    words_written,
)
from longhand.report.marks import marks_of
from longhand.report.prompts import read_prompts
from longhand.report.readings import Reading, readings
from longhand.report.rounds import Round, read_rounds


@dataclass(frozen=True)
class Lengthened:
    """One entry of `self_lengthen`.

    Attributes:
        columns: names of the iterations; the last is the collection.
        words: stage -> words by iteration; None where there are no texts. `growth`: how many times as long as the first
            answer extended texts are.
        rounds: of extension, by round and iteration.
        collected: stage -> words of what came of all iterations.
        funnels: what filters dropped, by what was made; the first have a column per iteration.
        reasons: why calls were not ok, by role.
        readings: a few texts of the last iteration, call by call.
    """

    name: str
    columns: list[str]
    words: list[tuple[str, list[Spread | None]]]
    growth: list[Spread | None]
    rounds: list[list[Round | None]]
    collected: list[tuple[str, Spread | None]]
    funnels: list[tuple[str, Funnel]]
    reasons: list[tuple[str, list[str], list[CallReason]]]
    readings: list[Reading]


def lengthened(name: str, recipe: Mapping[str, Any], tables: MadeTables) -> Lengthened:
    """Reads what there is of an entry.

    Args:
        name: of the entry.
        recipe: `iterations` (of training), and `rounds` of `extend`.
        tables: of all that was made here.
    """
    steps = range(1, recipe["iterations"] + 2)
    columns = [str(i) for i in steps[:-1]] + ["collection"]
    first = [words_written(tables.scores.get((f"{name}.{i}.instructions", f"{name}.{i}.generator"))) for i in steps]
    kept = [words_of_contexts(tables.prompts.get(f"{name}.{i}.initial")) for i in steps]
    extended = [words_written(tables.scores.get((f"{name}.{i}.initial", f"{name}.{i}.extender"))) for i in steps]
    learned = [words_trained_on(tables.sets.get(f"{name}.{i}.generator")) for i in steps]
    stages = [
        ("first answers", [list(of.values()) for of in first]),
        ("of these, kept to be extended", [list(of.values()) for of in kept]),
        ("extended texts", [list(of.values()) for of in extended]),
        ("of these, kept to be learned", learned),
    ]
    grown = [
        [words / before[prompt_id] for (prompt_id, _), words in after.items() if before.get(prompt_id)]
        for before, after in zip(kept, extended, strict=True)
    ]
    traces = [tables.traces.get((f"{name}.{i}.initial", f"{name}.{i}.extender")) for i in steps]
    rounds = [
        read_rounds(source.path, words, recipe["extend"]["rounds"]) if source else []
        for source, words in zip(traces, kept, strict=True)
    ]
    collected = words_of_contexts(tables.prompts.get(f"{name}.collected")).values()
    return Lengthened(
        name=name,
        columns=columns,
        words=[(stage, [spread_of(values) for values in by_step]) for stage, by_step in stages],
        growth=[spread_of(values) for values in grown],
        rounds=[list(of_round) for of_round in zip_longest(*rounds)],
        collected=[
            ("texts collected", spread_of(collected)),
            ("answers of the final training data", spread_of(words_trained_on(tables.sets.get(name)))),
        ],
        funnels=list(_funnels(name, columns, tables)),
        reasons=list(_reasons(name, columns, tables)),
        readings=_read(name, len(steps), tables),
    )


def _funnels(name: str, columns: list[str], tables: MadeTables) -> Iterator[tuple[str, Funnel]]:
    """What filters dropped: a table with a column per iteration for what each makes, then those of the whole."""
    parts = [
        ("Instructions", tables.filters, "instructions"),
        ("First answers", tables.filters, "initial"),
        ("Data that the generator learns", tables.set_filters, "generator"),
        ("Data that the extender learns", tables.set_filters, "extender"),
    ]
    for caption, paths, part in parts:
        by_step = {column: paths.get(f"{name}.{i}.{part}") for i, column in enumerate(columns, 1)}
        if present := {column: path for column, path in by_step.items() if path}:
            yield caption, read_funnel(present)
    whole = [
        ("Texts collected of all iterations", tables.filters.get(f"{name}.collected")),
        ("Instructions that state a length", tables.filters.get(f"{name}.restated")),
        ("Final training data", tables.set_filters.get(name)),
    ]
    for caption, path in whole:
        if path:
            yield caption, read_funnel({"rows": path})


def _reasons(name: str, columns: list[str], tables: MadeTables) -> Iterator[tuple[str, list[str], list[CallReason]]]:
    """Why calls were not ok: of the roles of each iteration, and of the restater."""
    parts = [
        ("Instructions asked for", "slots", "instructor", False),
        ("First answers asked for", "instructions", "generator", True),
        ("Extensions asked for", "initial", "extender", True),
    ]
    for caption, dataset, role, by_step in parts:
        models = [f"{name}.{i}.{role}" if by_step else f"{name}.{role}" for i in range(1, len(columns) + 1)]
        keys = [(f"{name}.{i}.{dataset}", model) for i, model in enumerate(models, 1)]
        sources = {column: tables.traces.get(key) for column, key in zip(columns, keys, strict=True)}
        counted = {column: count_calls(source.path) for column, source in sources.items() if source}
        if counted:
            yield caption, list(counted), call_reasons(counted.values())
    if source := tables.traces.get((f"{name}.collected", f"{name}.restater")):
        yield "Instructions rewritten", ["calls"], call_reasons([count_calls(source.path)])


def _read(name: str, iteration: int, tables: MadeTables) -> list[Reading]:
    """Texts of an iteration's extender."""
    dataset, extender = f"{name}.{iteration}.initial", f"{name}.{iteration}.extender"
    source, scores = tables.traces.get((dataset, extender)), tables.scores.get((dataset, extender))
    if source is None or scores is None or dataset not in tables.prompts:
        return []
    prompts = read_prompts(tables.prompts[dataset], "longbench-write")
    return readings(prompts, {extender: source}, {extender: scores}, marks_of([extender], ()))
