"""What became of the questions: rows by status, and the errors that came most often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from longhand.report.marks import Mark
from longhand.tables.files import Row

RESPONSE_STATUSES = ("ok", "truncated", "empty", "refused", "too_long", "failed", "rejected")
JUDGEMENT_STATUSES = ("ok", "unparsed", "out_of_scale", "refused", "failed", "no_response")

FINISH_REASONS = ("stop", "length")


@dataclass(frozen=True)
class States:
    """Rows by status, a line per model; responses, or the verdicts of `judge`."""

    judge: str | None
    statuses: list[str]  # or the reasons why the model stopped
    lines: list[tuple[Mark, list[int], int]]


def states(answers: Sequence[Row], rows: Sequence[Row], marks: dict[str, Mark]) -> list[States]:
    """A table of the responses, and one per judge of its verdicts; statuses that nothing has are shown as 0.

    Args:
        answers: rows of ANSWERS, of one dataset.
        rows: of ANSWER_STATES, likewise.
    """
    by_status = [row for row in rows if row["kind"] == "status"]
    tables = []
    for judge in dict.fromkeys(row["judge"] for row in answers):
        known = RESPONSE_STATUSES if judge is None else JUDGEMENT_STATUSES
        of_judge = [row for row in answers if row["judge"] == judge]
        tables.append(_table(judge, of_judge, [row for row in by_status if row["judge"] == judge], known, marks))
    return tables


def finishes(answers: Sequence[Row], rows: Sequence[Row], marks: dict[str, Mark]) -> States | None:
    """The responses by the reason why their model stopped, as the server reported it; None where it reported none."""
    of_responses = [row for row in rows if row["kind"] == "finish_reason" and row["judge"] is None]
    if all(row["state"] is None for row in of_responses):
        return None
    return _table(None, [row for row in answers if row["judge"] is None], of_responses, FINISH_REASONS, marks)


def _table(
    judge: str | None, answers: Sequence[Row], rows: Sequence[Row], known: Sequence[str], marks: dict[str, Mark]
) -> States:
    present = {row["state"] for row in rows}
    names: list[str | None] = [*known, *sorted(present.difference(known, {None}))]
    names += [None] if None in present else []
    counts = {(row["model"], row["state"]): row["n"] for row in rows}
    lines = [
        (marks[row["model"]], [counts.get((row["model"], name), 0) for name in names], row["n"]) for row in answers
    ]
    return States(judge, [name or "not reported" for name in names], lines)
