"""What a job works off: rows, and how they are made. Given by `jobs`, which knows methods; nothing here does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from longhand.config.entry import Entry
from longhand.tables.files import Row
from longhand.wire.asker import Asker


def _nothing(_: Sequence[Row]) -> None:
    pass


def _nobody() -> Sequence[Work]:
    return ()


@dataclass
class Work:
    """Rows that are to be asked of one model or judge.

    Attributes:
        what: what they are, in lines of the log: "gpt-4o on longen".
        entries: role -> the entry that is asked in it. The first is the one whose budget, limit and progress count.
        file: of the journal, below each entry's folder, when the work is a job's own: "longen/000".
        number: of rows.
        to_ask: the rows in the order in which to ask, best the longest first.
        to_write: the same rows in the table's order.
        length: of a row's answer, in words, to find the longest of several works.
        make: asks what a row needs and gives its rows of the table. The texts of the row's prompt are read here, so
            that rows that wait take no memory for them. It is called to ask, and once more, answered from the journal,
            to write: so a table depends on the journal alone.
        check: is shown the rows of each that was asked; raises LonghandError when going on makes no sense.
        followers: works on the rows that are made, as soon as they are: judges that are asked meanwhile. Each is given
            the row that was asked, together with the columns of the row that was made.
    """

    what: str
    entries: Mapping[str, Entry]
    file: str
    number: int
    to_ask: Callable[[], Iterable[Row]]
    to_write: Callable[[], Iterable[Row]]
    make: Callable[[Mapping[str, Asker], Row], Awaitable[list[Row]]]
    length: Callable[[Row], float] = lambda row: 0.0
    check: Callable[[Sequence[Row]], None] = _nothing
    followers: Callable[[], Sequence[Work]] = _nobody

    @property
    def entry(self) -> Entry:
        """The one that is asked first."""
        return next(iter(self.entries.values()))


@dataclass(frozen=True)
class Table:
    """The table that a job writes.

    Attributes:
        out: it appears when it is complete.
        step: the rule.
        settings: what decides its rows beside the identity.
    """

    out: Path
    schema: pa.Schema
    step: str
    settings: Mapping[str, Any] = field(default_factory=dict)
