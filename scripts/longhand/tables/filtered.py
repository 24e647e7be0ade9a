"""What became of rows that pass one filter after another, as a table: schemas.FILTERED."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from longhand.tables.files import Row


def filtered_rows(total: int, filters: Iterable[str], dropped: Mapping[str, int]) -> Iterator[Row]:
    """The rows of the table: first `all`, then each filter in the order in which it was applied.

    Args:
        total: rows that there were.
        filters: all that were applied, those that dropped nothing too.
        dropped: filter -> rows.
    """
    left = total
    for order, name in enumerate(["all", *filters]):
        gone = 0 if name == "all" else dropped.get(name, 0)
        left -= gone
        yield {"order": order, "filter": name, "dropped": gone, "left": left}
