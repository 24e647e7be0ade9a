"""How many of a table's rows were answered, and whether that is enough."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from longhand.program.errors import LonghandError
from longhand.program.printable import printable
from longhand.tables.files import Row, read_rows


class Coverage:
    """Counts the rows of a table of responses or judgements, in its order.

    Attributes:
        rows: responses, or responses to be judged.
        failed: those of them that have a part without an answer.
        statuses: of responses or verdicts; a verdict's rows, one per dimension, count once: as the first that is not
            ok.
        cut: responses of which the judge was not shown all words.
    """

    def __init__(self) -> None:
        self.rows = self.failed = self.cut = 0
        self.statuses = Counter[str]()
        self._reason = self._refusal = ""  # of the first row that failed, and of the first that was rejected
        self._response: tuple[str, int] | None = None
        self._verdict: tuple[str, int, int] | None = None
        self._status = ""  # of that verdict, so far
        self._whole = True  # so far

    def add(self, row: Row) -> None:
        """Counts a row; those of one response follow each other."""
        response = row["prompt_id"], row["sample"]
        verdict = (*response, row.get("repeat", 0))
        if response != self._response:
            self._response, self._whole = response, True
            self.rows += 1
            self.cut += row.get("words_cut") is not None
        if verdict != self._verdict:
            self._verdict, self._status = verdict, row["status"]
            self.statuses[self._status] += 1
        elif self._status == "ok" != row["status"]:
            self.statuses["ok"] -= 1
            self._status = row["status"]
            self.statuses[self._status] += 1
        if row["status"] == "rejected":
            self._refusal = self._refusal or str(row["error"])
        if row["status"] == "failed" and self._whole:
            self._whole = False
            self.failed += 1
            self._reason = self._reason or str(row["error"])

    def check(self, min_coverage: float, who: str, where: str, fix: str) -> None:
        """Raises LonghandError when too few rows were answered.

        Args:
            min_coverage: least share of them.
            who: gives the answers.
            where: the step or the table.
            fix: what to do.
        """
        if self.rows and 1 - self.failed / self.rows < min_coverage:
            what = (
                f"{self.failed} of {self.rows} rows have no answer{who and ' from '}{who}, for example: {self._reason}"
            )
            fix = f"{fix}, or lower scores.min_coverage"
            raise LonghandError(what, f"{where}, min_coverage {min_coverage}", fix)

    def __str__(self) -> str:
        counts = ", ".join(f"{number} {status}" for status, number in (+self.statuses).most_common())
        example = f"; rejected, for example: {printable(self._refusal)}" if self._refusal else ""
        cut = f"; {self.cut} of {self.rows} responses were cut for the judge" if self.cut else ""
        return f"{counts}{example}{cut}" or "no rows"


def check_table(path: Path, min_coverage: float) -> None:
    """Raises LonghandError when too few rows of a table were answered: the limit may be higher than when it was made.

    Args:
        path: of responses or judgements; it says whose.
        min_coverage: see `Coverage.check`.
    """
    judged = path.parent.name == "judgements"
    columns = ["prompt_id", "sample", "status", "error", *(["repeat"] if judged else [])]
    coverage = Coverage()
    for row in read_rows(path, columns=columns):
        coverage.add(row)
    fix = "mend the cause and have these asked again: scripts/ask_again.py --status failed"
    coverage.check(min_coverage, path.stem if judged else path.parent.name, str(path), fix)
