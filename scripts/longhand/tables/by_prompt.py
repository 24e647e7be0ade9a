"""Prompts with their rows of another table, one prompt's rows in memory at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from longhand.program.errors import LonghandError
from longhand.tables.files import Row


def rows_by_prompt(prompts: Iterable[Row], rows: Iterable[Row], where: str) -> Iterator[tuple[Row, list[Row]]]:
    """Each prompt with its rows; tables about responses have the order of the prompts.

    Args:
        prompts: rows with `prompt_id`.
        rows: likewise; those of a prompt stand together.
        where: the table of `rows`, for messages.

    Raises:
        LonghandError: the two do not hold the same prompts in the same order.
    """
    groups = groupby(rows, key=lambda row: row["prompt_id"])
    for prompt in prompts:
        prompt_id, of_prompt = next(groups, (None, iter(())))
        if prompt_id != prompt["prompt_id"]:
            raise _mismatch(where)
        yield prompt, list(of_prompt)
    if next(groups, None) is not None:
        raise _mismatch(where)


def _mismatch(where: str) -> LonghandError:
    return LonghandError("the table has not the rows of the prompts", where, "delete it; it will be made again")
