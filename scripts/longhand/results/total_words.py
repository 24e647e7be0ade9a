"""Published totals over several datasets as they are shown: in which order, by which judge, and what they lack."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from longhand.program.printable import printable
from longhand.results.doubts import ALL_EQUAL, FEW_PROMPTS, FEWEST_PROMPTS, ZEROS_DECIDE
from longhand.results.remarks import uncertified_note
from longhand.tables.files import Row

_DOUBTS = {
    FEW_PROMPTS: f"a dataset has scores of fewer than {FEWEST_PROMPTS} prompts",
    ALL_EQUAL: "all scores of a dataset are equal",
    ZEROS_DECIDE: "a few lowest scores make the mean of a dataset",
}


def by_total(rows: Sequence[Row]) -> dict[tuple[str, str], list[Row]]:
    """The rows of each total and judge, the highest first; models without a total come last."""
    names = dict.fromkeys((row["total"], row["judge"]) for row in rows)
    return {each: _highest_first([row for row in rows if (row["total"], row["judge"]) == each]) for each in names}


def _highest_first(rows: Sequence[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (row["mean"] is None, -(row["mean"] or 0.0), row["model"]))


def uncertified_total(rows: Sequence[Row], leaderboard: Iterable[Row]) -> str | None:
    """That the judge of a total is not certified for one of its datasets; None where it is, as of `uncertified_note`.

    Args:
        rows: of one total and judge.
        leaderboard: its rows.
    """
    judge, datasets = rows[0]["judge"], {part["dataset"] for part in rows[0]["parts"]}
    return uncertified_note(row for row in leaderboard if row["judge"] == judge and row["dataset"] in datasets)


def what_total_lacks(row: Row) -> str | None:
    """Why a model has no total, or a total no interval, in words; None where it has both."""
    if lacking := [printable(part["dataset"]) for part in row["parts"] if part["mean"] is None]:
        return f"no total: no published score of {', '.join(lacking)}"
    return f"no interval: {_DOUBTS[row['doubt']]}" if row["doubt"] else None
