"""Imagined rows of a job: there may be tens of thousands, all of one kind, so that only some are looked at."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from longhand.plan.looking import Request, awaited, awaiting
from longhand.plan.prompt_tables import IMAGINED
from longhand.tables.files import Row

LOOKED_AT = 300
"""Imagined rows of a job, at least, that are looked at one by one where there are as many."""


class AlikeRows:
    """Takes an imagined row to ask what the one before it asks.

    Args:
        rows: of the job, in the order in which they come: narrow rows of prompts, with `sample`.
        missing: the requests of the job; those of rows that are not looked at are added.
    """

    def __init__(self, rows: Sequence[Row], missing: list[Request]):
        self._stride = max(1, sum(map(is_imagined, rows)) // LOOKED_AT)
        self._missing, self._begin = missing, 0
        self._latest: Row | None = None  # that was made of an imagined row
        self._left = 0  # rows that are taken to be like it
        self._requests: list[Request] = []

    def as_before(self, row: Row) -> Row | None:
        """The row of the table for one that need not be looked at; None: it has to be."""
        self._begin = len(self._missing)
        if not (self._left and self._latest is not None and is_imagined(row)):
            return None
        self._left -= 1
        self._missing.extend(self._requests)
        like = self._latest | {"prompt_id": row["prompt_id"], "sample": row["sample"]}
        if (key := awaited(like["response"])) is not None:
            unlike = f"{key} {row['prompt_id']} {row['sample']}"
            like["response"] = awaiting(hashlib.sha256(unlike.encode()).hexdigest())
        return like

    def looked_at(self, row: Row, made: Row) -> None:
        """Notes what became of a row that was looked at."""
        if is_imagined(row):
            self._latest, self._left = made, self._stride - 1
            self._requests = self._missing[self._begin :]


class AlikeAnswers:
    """Takes a judge to ask of an answer that is not written yet what it asks of the second one to the same prompt.

    Of the first it may ask what all share: what bears on the prompt in its context.

    Args:
        missing: the requests of the job; those about answers that are not looked at are added.
    """

    def __init__(self, missing: list[Request]):
        self._missing, self._begin = missing, 0
        self._prompt_id, self._looked_at = "", 0
        self._requests: list[Request] = []

    def as_before(self, response: Row) -> bool:
        """Whether this one need not be looked at."""
        self._begin = len(self._missing)
        if awaited(response["response"]) is None or response["prompt_id"] != self._prompt_id:
            self._looked_at = 0
        alike = self._looked_at > 1
        if alike:
            self._missing.extend(self._requests)
        return alike

    def looked_at(self, response: Row) -> None:
        """Notes one that was looked at."""
        if awaited(response["response"]) is not None:
            self._prompt_id, self._looked_at = response["prompt_id"], self._looked_at + 1
            self._requests = self._missing[self._begin :]


def is_imagined(row: Row) -> bool:
    """Whether a prompt has a text that is made up for the plan."""
    return bool(row.get(IMAGINED))
