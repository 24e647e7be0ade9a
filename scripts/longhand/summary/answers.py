"""What became of the questions: responses and verdicts by status, and the errors that came most often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from longhand.program.printable import visible
from longhand.summary.inputs import REASON, Source, Tally
from longhand.tables.files import Row

ERRORS_EACH = 3
"""Errors that are kept of a model, and of a model and judge."""


def _key(source: Source) -> Row:
    return {"dataset": source.dataset, "model": source.model, "judge": source.judge}


def answer_row(source: Source, tally: Tally) -> Row:
    """The row of ANSWERS."""
    return _key(source) | {"n": tally.statuses.total(), "n_cut": tally.cut, "cut_tokens": tally.cut_tokens}


def state_rows(source: Source, tally: Tally) -> Iterator[Row]:
    """Rows of ANSWER_STATES."""
    counts: dict[str, Counter[str | None]] = {"status": Counter(tally.statuses), "finish_reason": tally.finishes}
    for kind, by_state in counts.items():
        for state, n in sorted(by_state.items(), key=lambda each: (each[0] is None, each[0])):
            yield _key(source) | {"kind": kind, "state": state, "n": n}


def error_rows(source: Source, tally: Tally) -> Iterator[Row]:
    """Rows of ANSWER_ERRORS, the most frequent first. Errors that read alike where they are cut are one."""
    merged: Counter[tuple[str, str]] = Counter()
    for (status, error), n in tally.reasons.items():
        merged[status, _line(error)] += n
    for (status, error), n in sorted(merged.items(), key=lambda each: (-each[1], each[0]))[:ERRORS_EACH]:
        yield _key(source) | {"status": status, "error": error, "n": n}


def _line(error: str) -> str:
    """One line of at most REASON characters."""
    line = " ".join(visible(error).split())
    return line if len(line) <= REASON else line[: REASON - 1].rstrip() + "…"
