"""Requests that got no answer in earlier legs, with the reason: kept beside the journal, which deleting work/ leaves.

They are asked again last, and say nothing about whether the server works.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from longhand.ask.journal import FREE_SPACE, Journal
from longhand.ask.lines import journal_files
from longhand.program.errors import LonghandError
from longhand.wire.replies import Unanswered

_SUFFIX = ".unanswered"


class KnownUnanswered:
    """The requests of a journal that got no answer, whichever job asked."""

    def __init__(self, journal: Journal):
        self._reasons: dict[str, Unanswered] = {}
        for path in journal_files(journal.root, _SUFFIX):
            self._reasons |= _read(path)

    def reason(self, request_id: str) -> Unanswered | None:
        """Why a request got no answer; None for one that was answered, or never asked."""
        return self._reasons.get(request_id)

    def add(self, request_id: str, reason: Unanswered, beside: Path) -> None:
        """Notes a request.

        Args:
            request_id: of the request.
            reason: why it got no answer.
            beside: the journal file of the asker, beside which the note goes.

        Raises:
            LonghandError: the disk does not take it.
        """
        earlier = self._reasons.get(request_id)
        self._reasons[request_id] = reason
        if earlier is not None and str(earlier) == str(reason):
            return
        line = {"id": request_id, "status": reason.status, "attempts": reason.attempts, "error": str(reason)}
        path = beside.with_suffix(_SUFFIX)
        try:
            with open(path, "a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
        except OSError as e:
            where, fix = str(path), FREE_SPACE
            raise LonghandError(f"cannot note what was not answered: {e.strerror}", where, fix) from e


def _read(path: Path) -> dict[str, Unanswered]:
    """The reasons by request; what is damaged is passed over."""
    reasons = {}
    with contextlib.suppress(OSError):
        for line in path.read_bytes().splitlines():
            with contextlib.suppress(ValueError, TypeError, KeyError, OverflowError, RecursionError):
                note = json.loads(line)
                if all(isinstance(note[key], str) for key in ("id", "status", "error")):
                    reasons[note["id"]] = Unanswered(note["status"], note["error"], int(note["attempts"]))
    return reasons
