"""What a prompt asks of a response's length."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean
from typing import Any, NamedTuple

REQUIRED = ("required", "required_min", "required_max")
COLUMNS = ["constraint", *REQUIRED]
"""Of the prompts table: the lengths, and all that a requirement is read from."""

CONSTRAINTS = ("about", "range", "above", "below")


class Requirement(NamedTuple):
    """A required length in words, as in the prompts table.

    Attributes:
        constraint: about, range, above or below.
        required: the stated length, where one is stated as such.
        required_min, required_max: the bounds, where they are stated.
    """

    constraint: str
    required: int | None = None
    required_min: int | None = None
    required_max: int | None = None

    @property
    def stated(self) -> int | None:
        """The one length that is stated, be it a bound; None for a range."""
        if self.constraint == "range":
            return None
        bound = {"above": self.required_min, "below": self.required_max}.get(self.constraint)
        return self.required if bound is None else bound


def requirement_of(row: Mapping[str, Any]) -> Requirement | None:
    """The requirement in a row of the prompts table; None where no length is required."""
    low, high = row["required_min"], row["required_max"]
    if row["required"] is None and low is None and high is None:
        return None
    return Requirement(row["constraint"], row["required"], low, high)


def implied_constraint(required: int | None, required_min: int | None, required_max: int | None) -> str | None:
    """The constraint of lengths that come without one: a length that is just stated is meant about so."""
    if required is not None:
        return "about"
    if required_min is not None and required_max is not None:
        return "range"
    return "above" if required_min is not None else "below" if required_max is not None else None


def aimed_at(row: Mapping[str, Any]) -> float | None:
    """The length to sort, draw and estimate by: the required one, the bound, the middle of two; None without."""
    ends = [end for end in (row["required_min"], row["required_max"]) if end is not None]
    return row["required"] or (fmean(ends) if ends else None)
