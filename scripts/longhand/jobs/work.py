"""From an order to the work that a job does: its rows, and the method that makes them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from longhand.ask.unreadable import Unreadable
from longhand.ask.work import Work
from longhand.jobs.method import JUDGE, method_class
from longhand.jobs.order import Order
from longhand.program.errors import LonghandError
from longhand.prompts.shards import SHARD_COLUMNS, longest_first, shard_of
from longhand.tables.files import Row, read_rows
from longhand.tables.schemas import PROMPTS, RESPONSES, subschema
from longhand.text.requirement import aimed_at

Followers = Callable[[], Sequence[Work]]

_UNKNOWN = 1e9  # words: what states no length may be the longest


def work_of(order: Order, followers: Followers = list) -> Work:
    """The work of an ask job.

    Args:
        order: what it is asked.
        followers: of responses; see `Work`.

    Raises:
        LonghandError: a file that it reads is not there, or is none of ours.
    """
    return _judging(order) if order.step == JUDGE else _writing(order, followers)


def prompts_of(order: Order) -> Iterator[Row]:
    """The prompts of an order's shard, with the columns that ask jobs read."""
    number, shards = order.shard_number
    for row in read_rows(order.prompts, subschema(PROMPTS, SHARD_COLUMNS), list(SHARD_COLUMNS)):
        if shard_of(row["prompt_id"], shards) == number:
            yield row


def _writing(order: Order, followers: Followers) -> Work:
    method = method_class(order.step, order.method)(order.settings)
    rows = [row | {"sample": sample} for row in prompts_of(order) for sample in range(order.settings["samples"])]
    return Work(
        what=f"{order.model} on {order.dataset}",
        entries=order.entries(),
        file=f"{order.dataset}/{order.shard_number[0]:03d}",
        number=len(rows),
        to_ask=lambda: longest_first(rows),
        to_write=lambda: rows,
        make=method.make,
        length=lambda row: aimed_at(row) or _UNKNOWN,
        followers=followers,
    )


def _judging(order: Order) -> Work:
    def responses(columns: list[str]) -> Iterator[Row]:
        number, shards = order.shard_number
        for row in read_rows(str(order.responses), subschema(RESPONSES, columns), columns):
            if shard_of(row["prompt_id"], shards) == number:
                yield row

    def rows() -> Iterator[Row]:
        prompts = {row["prompt_id"]: row for row in prompts_of(order)}
        for row in responses(["prompt_id", "sample", "response"]):
            yield prompts[row["prompt_id"]] | row

    number = sum(1 for _ in responses(["prompt_id"]))
    return replace(following(order, number), number=number, to_ask=rows, to_write=rows)


def following(order: Order, responses: int) -> Work:
    """The work of a judge whose responses are still being written: it has no rows of its own, they are handed to it.

    Args:
        order: of the judging step.
        responses: how many there will be.
    """
    method = method_class(order.step, order.method)(settings_of(order))
    where = f"{order.dataset}/{order.model}/{order.shard_number[0]:03d}"
    return Work(
        what=f"{order.judge} on {where}",
        entries=order.entries(),
        file=where,
        number=0,
        to_ask=tuple,
        to_write=tuple,
        make=method.make,
        check=Unreadable(str(order.judge), where, responses).note,
    )


def settings_of(order: Order) -> dict[str, Any]:
    """The settings of an order's method, with the rubric of a judge that has one.

    Raises:
        LonghandError: the rubric's file is none of ours.
    """
    return order.settings if order.rubric is None else order.settings | {"rubric": _rubric_in(Path(order.rubric))}


def _rubric_in(path: Path) -> dict[str, Any]:
    try:
        rubric = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        rubric = None
    if not isinstance(rubric, dict):
        raise LonghandError("the rubric cannot be read", str(path), "delete it and start again")
    return rubric
