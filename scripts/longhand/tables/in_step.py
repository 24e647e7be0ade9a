"""Tables that are read in step: a table's rows with each key of another, one key's rows in memory at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from longhand.program.errors import LonghandError
from longhand.tables.files import Row


def rows_in_step(
    keys: Iterable[tuple[object, ...]], rows: Iterable[Row], columns: Sequence[str], where: str
) -> Iterator[list[Row]]:
    """For each key its rows, none where there are none.

    Args:
        keys: values of `columns`, each key once.
        rows: those of a key stand together, in the order of the keys.
        columns: of the key.
        where: the table of `rows`, for messages.

    Raises:
        LonghandError: a row has no key, or the order differs.
    """
    groups = groupby(rows, key=lambda row: tuple(row[column] for column in columns))
    waiting = next(groups, None)
    for key in keys:
        if waiting is None or waiting[0] != key:
            yield []
        else:
            yield list(waiting[1])
            waiting = next(groups, None)
    if waiting is not None:
        raise LonghandError("the table has rows of another", where, "delete it; it will be made again")
