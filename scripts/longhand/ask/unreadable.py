"""Notices a judge of whose replies none can be read, before all of them are paid for."""

from __future__ import annotations

from collections.abc import Sequence

from longhand.program.errors import LastingError
from longhand.program.printable import printable
from longhand.tables.files import Row
from longhand.tables.schemas import NO_STATEMENTS

UNREAD = ("unparsed", "out_of_scale")
_READ = ("ok", NO_STATEMENTS)
_FEWEST, _ENOUGH = 4, 8  # responses without a readable verdict that say something of the judge
_SHOWN = 160  # characters of a reply


class Unreadable:
    """Counts the responses on which a judge gave no readable verdict, until it gives one.

    Where dimensions are judged by replies of their own, each counts for itself: a judge that never grades one of them
    gives no total either. Criteria are other ones for each prompt, so that they count as one.

    Args:
        judge: its name in the config.
        where: what it is asked about.
        responses: of the job: of four to seven, all are enough; fewer say nothing.
    """

    def __init__(self, judge: str, where: str, responses: int):
        self._judge, self._where = judge, where
        self._enough = max(_FEWEST, min(_ENOUGH, responses))
        self._unread: dict[str, dict[tuple[str, int], int]] = {}  # dimension -> response -> replies
        self._readable: set[str] = set()  # dimensions

    def note(self, verdicts: Sequence[Row]) -> None:
        """Takes note of the verdicts on one response.

        Args:
            verdicts: rows of the judgements table.

        Raises:
            LastingError: nothing could be read so far of all dimensions or of one, and that was tried often enough;
                with the start of a reply.
        """
        self._readable |= {_part(row) for row in verdicts if row["status"] in _READ}
        for dimension in dict.fromkeys(map(_part, verdicts)):
            rows = [row for row in verdicts if _part(row) == dimension and row["status"] in UNREAD]
            if dimension in self._readable or not rows:
                continue
            unread = self._unread.setdefault(dimension, {})
            unread[rows[0]["prompt_id"], rows[0]["sample"]] = sum(map(_replies, rows))
            if len(unread) >= self._enough:
                raise self._error(dimension, rows[-1])

    def _error(self, dimension: str, last: Row) -> LastingError:
        unread = self._unread[dimension]
        replies, responses = sum(unread.values()), len(unread)
        reply = printable(last["reply"] or "", _SHOWN)
        starts = f"one begins '{reply}'" if reply else "one is empty"
        again = f"scripts/ask_again.py --judge {self._judge}"
        if self._readable:
            what = f"{dimension} can be read on none of {responses} responses, after {replies} replies"
            check = "check max_tokens and the prompts"
        else:
            what = f"none of {replies} replies on {responses} responses can be read"
            check = "check base_url, model and rubric"
        return LastingError(
            f"{what}: {starts}; {last['error']}",
            f"judge {self._judge} on {self._where}",
            f"{check}; then {again} has these asked anew",
            of_dataset=True,
        )


def _replies(row: Row) -> int:
    """How many replies a verdict took; those on several criteria stand on the first one's row."""
    return row["attempts"] if row["weight"] is None else len(row["requests"])


def _part(row: Row) -> str:
    """What a verdict is on: its dimension, or any criterion."""
    return str(row["dimension"]) if row["weight"] is None else "criteria"
