"""From an order to the work that a job does: its rows, and the method that makes them."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from longhand.ask.unreadable import Unreadable
from longhand.ask.work import Work
from longhand.jobs.method import JUDGE, method_class
from longhand.jobs.order import Order
from longhand.program.errors import LonghandError
from longhand.prompts.shards import SHARD_SCHEMA, longest_first, shard_of
from longhand.tables.files import Row, read_rows
from longhand.tables.prompt_rows import PromptRows
from longhand.tables.schemas import RESPONSES, subschema
from longhand.text.requirement import aimed_at
from longhand.wire.asker import Asker

Followers = Callable[[], Sequence[Work]]
Make = Callable[[Mapping[str, Asker], Row], Awaitable[list[Row]]]

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


def _with_texts(order: Order, make: Make) -> Make:
    """What makes rows whose prompts are not whole: their texts are read when they are asked about."""
    prompts = PromptRows(order.prompts, SHARD_SCHEMA)
    return lambda askers, row: make(askers, prompts.of(row["prompt_id"]) | row)


def _of_shard(order: Order, rows: Iterable[Row]) -> Iterator[Row]:
    number, shards = order.shard_number
    return (row for row in rows if shard_of(row["prompt_id"], shards) == number)


def _writing(order: Order, followers: Followers) -> Work:
    method = method_class(order.step, order.method)(order.settings)
    prompts = _of_shard(order, PromptRows(order.prompts, SHARD_SCHEMA).narrow())
    rows = [row | {"sample": sample} for row in prompts for sample in range(order.settings["samples"])]
    return Work(
        what=f"{order.model} on {order.dataset}",
        entries=order.entries(),
        file=f"{order.dataset}/{order.shard_number[0]:03d}",
        number=len(rows),
        to_ask=lambda: longest_first(rows),
        to_write=lambda: rows,
        make=_with_texts(order, method.make),
        length=lambda row: aimed_at(row) or _UNKNOWN,
        followers=followers,
    )


def _judging(order: Order) -> Work:
    def responses(columns: list[str]) -> Iterator[Row]:
        return _of_shard(order, read_rows(str(order.responses), subschema(RESPONSES, columns), columns))

    def rows() -> Iterator[Row]:
        return responses(["prompt_id", "sample", "response"])

    number = sum(1 for _ in responses(["prompt_id"]))
    return replace(following(order, number), number=number, to_ask=rows, to_write=rows)


def following(order: Order, responses: int) -> Work:
    """The work of a judge whose responses are still being written: it has no rows of its own, they are handed to it.

    Args:
        order: of the judging step.
        responses: how many there will be.
    """
    method = method_class(order.step, order.method)(method_settings(order))
    where = f"{order.dataset}/{order.model}/{order.shard_number[0]:03d}"
    return Work(
        what=f"{order.judge} on {where}",
        entries=order.entries(),
        file=where,
        number=0,
        to_ask=tuple,
        to_write=tuple,
        make=_with_texts(order, method.make),
        check=Unreadable(str(order.judge), where, responses).note,
    )


def method_settings(order: Order) -> dict[str, Any]:
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
