"""What was sent, kept beside a job's journal file, so that a kill does not hide what may have to be paid.

The file has a record of one length for each request in flight: written before it is sent, blanked when its answer is
in the journal or the server has refused it. What stays was perhaps paid for: a killed leg left it behind, or no reply
came, or none that could be read.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import astuple, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from longhand.ask.journal import FREE_SPACE, JournalFile
from longhand.program.errors import LonghandError

_SUFFIX = ".sent"
_RECORD = re.compile(rb"([>?])([0-9a-f]{64}) (?=[ 0-9]{12} )( *[0-9]+) (?=[ 0-9]{12}\n)( *[0-9]+)\n")
_LENGTH = 92  # bytes
_BLANK = b" " * (_LENGTH - 1) + b"\n"
_IN_FLIGHT, _LOST = b">", b"?"


@dataclass(frozen=True)
class Unsettled:
    """Requests that may have to be paid, and the most tokens that they can take; `batch_…`: those of batches."""

    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    batch_prompt_tokens: int = 0
    batch_completion_tokens: int = 0

    def plus(self, other: Unsettled) -> Unsettled:
        """Both together."""
        pairs = zip(astuple(self), astuple(other), strict=True)
        return Unsettled(*(one + more for one, more in pairs))


def most_tokens(body: Mapping[str, Any]) -> int:
    """The most tokens that a request's prompt can have: one for each byte of its text."""
    return len(json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"))


Affords = Callable[[Unsettled, Callable[[], None]], Awaitable[None]]
"""Waits until a request can be afforded, and calls back to have it noted before others can be."""


def unsettled_beside(journal_file: Path) -> tuple[Unsettled, Unsettled]:
    """What the job of a journal file sent: that is in flight, or was when it was killed; and that got no reply.

    Raises LonghandError when it cannot be read.
    """
    in_flight, lost, path = Unsettled(), Unsettled(), journal_file.with_suffix(_SUFFIX)
    try:
        records = path.read_bytes()
    except FileNotFoundError:
        records = b""
    except OSError as e:
        raise LonghandError(f"cannot read what was sent: {e.strerror}", str(path)) from e
    for record in _RECORD.finditer(records):
        most = Unsettled(1, int(record[3]), int(record[4]))
        if record[1] == _IN_FLIGHT:
            in_flight = in_flight.plus(most)
        else:
            lost = lost.plus(most)
    return in_flight, lost


class LedgerEntry:
    """A request that is being sent. `settled`: it was answered, or the server refused it."""

    settled = False


class Ledger:
    """One job's record of what it sends. Use as a context manager.

    Args:
        file: the asker's opened journal file; the ledger lies beside it, and its lock holds for both.
        longest: the most tokens of an answer; 0 where that is not known.
        affords: of a budget.
    """

    def __init__(self, file: JournalFile, longest: int, affords: Affords | None = None):
        self._journal_file, self._longest, self._affords = file, longest, affords
        self.path = file.path.with_suffix(_SUFFIX)
        self._places, self._free = 0, list[int]()

    def __enter__(self) -> Ledger:
        try:
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
            left = [record for record in _RECORD.finditer(self.path.read_bytes()) if not self._answered(record)]
        except OSError as e:
            raise self._failure(e) from e
        for record in left:
            self._write(self._places, _LOST + record[0][1:])
            self._places += 1
        os.ftruncate(self._file, self._places * _LENGTH)
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)
        if not any(most.requests for most in unsettled_beside(self._journal_file.path)):
            with contextlib.suppress(OSError):
                self.path.unlink()

    @asynccontextmanager
    async def sending(self, request_id: str, body: Mapping[str, Any]) -> AsyncIterator[LedgerEntry]:
        """Notes a request before it is sent, once it can be afforded; it stays noted unless its entry is settled.

        The most that it can take is a token for each byte of its text, and the longest answer.

        Raises:
            LonghandError: the budget does not suffice, or the disk is full.
        """
        prompt_tokens = most_tokens(body)
        record = f"{request_id} {prompt_tokens:12d} {self._longest:12d}\n".encode()
        place = self._free.pop() if self._free else self._places
        self._places = max(self._places, place + 1)
        entry, note = LedgerEntry(), partial(self._write, place, _IN_FLIGHT + record)
        try:
            if self._affords is None:
                note()
            else:
                await self._affords(Unsettled(1, prompt_tokens, self._longest), note)
        except BaseException:  # not sent
            self._free.append(place)
            raise
        try:
            yield entry
        finally:
            self._write(place, _BLANK if entry.settled else _LOST + record)
            if entry.settled:
                self._free.append(place)

    def _answered(self, record: re.Match[bytes]) -> bool:
        """Whether the leg was killed after the answer was kept. What another job has asked since settles nothing."""
        return record[1] == _IN_FLIGHT and self._journal_file.holds(record[2].decode())

    def _write(self, place: int, record: bytes) -> None:
        try:
            os.pwrite(self._file, record, place * _LENGTH)
        except OSError as e:
            raise self._failure(e) from e

    def _failure(self, e: OSError) -> LonghandError:
        return LonghandError(f"cannot note what is sent: {e.strerror}", str(self.path), FREE_SPACE)
