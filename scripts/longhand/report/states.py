"""What became of the questions: rows by status, and the errors that came most often."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from longhand.report.marks import Mark
from longhand.report.wording import clipped, seen
from longhand.summary.inputs import REASON, Source, Tally

RESPONSE_STATUSES = ("ok", "truncated", "empty", "refused", "too_long", "failed", "rejected")
JUDGEMENT_STATUSES = ("ok", "unparsed", "out_of_scale", "refused", "failed", "no_response")

FINISH_REASONS = ("stop", "length")

REASONS_EACH = 3
"""Errors shown per model, and per model and judge."""


@dataclass(frozen=True)
class States:
    """Rows by status, a line per model; responses, or the verdicts of `judge`."""

    judge: str | None
    statuses: list[str]  # or the reasons why the model stopped
    lines: list[tuple[Mark, list[int], int]]


@dataclass(frozen=True)
class Reason:
    """An error and how often it came; `judge` where it was a verdict that failed."""

    mark: Mark
    judge: str | None
    status: str
    text: str
    n: int


@dataclass(frozen=True)
class CutPrompts:
    """How many of a model's responses are to prompts without their middle, and how many tokens their requests lost."""

    mark: Mark
    n: int
    of: int
    tokens: int


def cut_prompts(tallies: list[tuple[Source, Tally]], marks: dict[str, Mark]) -> list[CutPrompts]:
    """The models that were asked prompts without their middle."""
    return [
        CutPrompts(marks[source.model], counted.cut, counted.statuses.total(), counted.cut_tokens)
        for source, counted in tallies
        if counted.cut
    ]


def states(tallies: list[tuple[Source, Tally]], marks: dict[str, Mark]) -> list[States]:
    """A table of the responses, and one per judge of its verdicts; statuses that nothing has are told as 0."""
    tables = []
    for judge in dict.fromkeys(source.judge for source, _ in tallies):
        by_source = [(source, counted.statuses) for source, counted in tallies if source.judge == judge]
        known = RESPONSE_STATUSES if judge is None else JUDGEMENT_STATUSES
        names = [*known, *sorted({status for _, statuses in by_source for status in statuses}.difference(known))]
        lines = [(marks[s.model], [statuses[name] for name in names], statuses.total()) for s, statuses in by_source]
        tables.append(States(judge, names, lines))
    return tables


def finishes(tallies: list[tuple[Source, Tally]], marks: dict[str, Mark]) -> States | None:
    """The responses by the reason why their model stopped, as the server told it; None where none was told."""
    of_models = [(source, counted.finishes) for source, counted in tallies if source.judge is None]
    finish_reasons = {reason for _, counts in of_models for reason in counts}
    named = {reason for reason in finish_reasons if reason is not None}
    if not named:
        return None
    names: list[str | None] = [*FINISH_REASONS, *sorted(named.difference(FINISH_REASONS))]
    names += [None] if None in finish_reasons else []
    lines = [(marks[s.model], [counts[name] for name in names], counts.total()) for s, counts in of_models]
    return States(None, [name or "not told" for name in names], lines)


def reasons(tallies: list[tuple[Source, Tally]], marks: dict[str, Mark]) -> list[Reason]:
    """The errors that came most often, of each model (and judge); most frequent first."""
    most_frequent: list[Reason] = []
    for source, counted in tallies:
        merged: Counter[tuple[str, str]] = Counter()
        for (status, text), n in counted.reasons.items():
            merged[status, clipped(seen(text), REASON)] += n
        top = sorted(merged.items(), key=lambda item: (-item[1], item[0]))[:REASONS_EACH]
        most_frequent += [Reason(marks[source.model], source.judge, status, text, n) for (status, text), n in top]
    return sorted(most_frequent, key=lambda reason: -reason.n)
