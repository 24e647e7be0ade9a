"""Self-Lengthen as it is shown: lengths on the way, iteration by iteration, and what was refused and dropped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from longhand.report.calls import CallReason, call_reasons
from longhand.report.funnels import Funnel, funnel
from longhand.report.marks import marks_of
from longhand.report.page_tables import Page
from longhand.report.readings import Reading, readings
from longhand.summary.lengthened import iterations
from longhand.tables.files import Row

STAGES = {
    "first": "first answers",
    "kept": "of these, kept to be extended",
    "extended": "extended texts",
    "learned": "of these, kept to be learned",
}
COLLECTED = {"collected": "texts collected", "final": "answers of the final training data"}


@dataclass(frozen=True)
class Lengthened:
    """One entry of `self_lengthen`.

    Attributes:
        columns: names of the iterations; the last is the collection.
        words: stage -> rows of LENGTHENED by iteration; None where there are no texts. `growth`: how many times as long
            as the first answer extended texts are.
        rounds: rows of LENGTHENED_ROUNDS, by round and iteration.
        collected: stage -> row of LENGTHENED of what came of all iterations.
        funnels: what filters dropped, by what was made; the first have a column per iteration.
        reasons: why calls were not ok, by role.
        readings: a few texts of the last iteration, call by call.
    """

    name: str
    columns: list[str]
    words: list[tuple[str, list[Row | None]]]
    growth: list[Row | None]
    rounds: list[list[Row | None]]
    collected: list[tuple[str, Row | None]]
    funnels: list[tuple[str, Funnel]]
    reasons: list[tuple[str, list[str], list[CallReason]]]
    readings: list[Reading]


def lengthened(page: Page, name: str, recipe: Mapping[str, Any]) -> Lengthened:
    """What there is of an entry.

    Args:
        name: of the entry.
        recipe: `iterations` (of training), and `rounds` of `extend`.
    """
    steps = iterations(recipe)
    columns = {i: str(i) for i in steps} | {steps[-1]: "collection"}
    words = {(row["stage"], row["iteration"]): row for row in page.summary("lengthened", name=name)}
    rounds = {(row["round"], row["iteration"]): row for row in page.summary("lengthened_rounds", name=name)}
    last = f"{name}.{steps[-1]}"
    return Lengthened(
        name=name,
        columns=[*columns.values()],
        words=[(stage, [words.get((key, i)) for i in steps]) for key, stage in STAGES.items()],
        growth=[words.get(("growth", i)) for i in steps],
        rounds=[[rounds.get((number, i)) for i in steps] for number in sorted({number for number, _ in rounds})],
        collected=[(stage, words.get((key, None))) for key, stage in COLLECTED.items()],
        funnels=list(_funnels(page, name, columns)),
        reasons=list(_reasons(page, name, columns)),
        readings=readings(page, f"{last}.initial", [*marks_of([f"{last}.extender"], ()).values()]),
    )


def _funnels(page: Page, name: str, columns: Mapping[int, str]) -> Iterator[tuple[str, Funnel]]:
    """What filters dropped: a table with a column per iteration for what each makes, then those of the whole."""
    parts = [
        ("Instructions", "datasets", "instructions"),
        ("First answers", "datasets", "initial"),
        ("Data that the generator learns", "sft", "generator"),
        ("Data that the extender learns", "sft", "extender"),
    ]
    for caption, kind, part in parts:
        by_step = {
            column: page.summary("filters", kind=kind, name=f"{name}.{i}.{part}") for i, column in columns.items()
        }
        if present := {column: rows for column, rows in by_step.items() if rows}:
            yield caption, funnel(present)
    whole = [
        ("Texts collected of all iterations", "datasets", f"{name}.collected"),
        ("Instructions that state a length", "datasets", f"{name}.restated"),
        ("Final training data", "sft", name),
    ]
    for caption, kind, part in whole:
        if rows := page.summary("filters", kind=kind, name=part):
            yield caption, funnel({"rows": rows})


def _reasons(page: Page, name: str, columns: Mapping[int, str]) -> Iterator[tuple[str, list[str], list[CallReason]]]:
    """Why calls were not ok: of the roles of each iteration, and of the restater."""
    parts = [
        ("Instructions asked for", "instructor", {(f"{name}.{i}.slots", f"{name}.instructor"): i for i in columns}),
        ("First answers asked for", "generator", _own(name, "instructions", "generator", columns)),
        ("Extensions asked for", "extender", _own(name, "initial", "extender", columns)),
    ]
    for caption, role, keys in parts:
        by_step = {key: columns[i] for key, i in keys.items()}
        yield caption, *call_reasons(page.summary("call_reasons", together=f"{name}.{role}"), by_step)
    restated = page.summary("call_reasons", together=f"{name}.restater")
    yield "Instructions rewritten", *call_reasons(restated, {(f"{name}.collected", f"{name}.restater"): "calls"})


def _own(name: str, dataset: str, role: str, columns: Mapping[int, str]) -> dict[tuple[str, str], int]:
    """Dataset and model of a role that each iteration has a model for."""
    return {(f"{name}.{i}.{dataset}", f"{name}.{i}.{role}"): i for i in columns}
