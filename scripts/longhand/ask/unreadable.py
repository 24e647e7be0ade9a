"""Notices a judge of whose replies none can be read, before all of them are paid for."""

from __future__ import annotations

from collections.abc import Sequence

from longhand.program.errors import LastingError
from longhand.program.printable import printable
from longhand.tables.files import Row

UNREAD = ("unparsed", "out_of_scale")
_FEWEST, _ENOUGH = 4, 8  # responses without a readable verdict that say something of the judge
_SHOWN = 160  # characters of a reply


class Unreadable:
    """Counts the responses on which a judge gave no readable verdict, until it gives one.

    Args:
        judge: its name in the config.
        where: what it is asked about.
        responses: of the job: of four to seven, all are enough; fewer say nothing.
    """

    def __init__(self, judge: str, where: str, responses: int):
        self._judge, self._where = judge, where
        self._enough = max(_FEWEST, min(_ENOUGH, responses))
        self._unread: dict[tuple[str, int], int] = {}  # replies
        self._readable = False

    def note(self, verdicts: Sequence[Row]) -> None:
        """Takes note of the verdicts on one response.

        Args:
            verdicts: rows of the judgements table.

        Raises:
            LastingError: no reply could be read so far, and that was tried often enough; with the start of one.
        """
        self._readable = self._readable or any(row["status"] == "ok" for row in verdicts)
        unread = [row for row in verdicts if row["status"] in UNREAD]
        if self._readable or not unread:
            return
        replies = {row["repeat"]: row["attempts"] for row in unread}
        self._unread[unread[0]["prompt_id"], unread[0]["sample"]] = sum(replies.values())
        if len(self._unread) >= self._enough:
            reply = printable(unread[-1]["reply"] or "", _SHOWN)
            starts = f"one begins '{reply}'" if reply else "one is empty"
            again = f"scripts/ask_again.py --judge {self._judge}"
            raise LastingError(
                f"none of {sum(self._unread.values())} replies on {len(self._unread)} responses can be read: "
                f"{starts}; {unread[-1]['error']}",
                f"judge {self._judge} on {self._where}",
                f"check base_url, model and rubric; then {again} has these asked anew",
                of_dataset=True,
            )
