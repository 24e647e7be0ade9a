"""What filters dropped of the rows that a table was made of: a line per filter, a column per table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from longhand.tables.files import Row

ALL = "all"
"""The line of what there was before any filter."""

MEANINGS = {
    "no_text": "without a text",
    "rejected": "all tries refused by the method's checks",
    "truncated": "cut off at the token limit",
    "check": "fails the check of texts",
    "check_response punctuation": "fails the published filter",
    "check_response stopword": "fails the published filter",
    "check_response n_gram": "fails the published filter",
    "language": "in another language than its prompt",
    "loops": "falls into repeating itself",
    "max_repeated_share": "repeats too much of itself",
    "min_growth": "grown too little",
    "words": "too short or too long",
    "unreadable": "no text in UTF-8",
    "empty": "without a letter or digit",
    "equal": "the same as an earlier one",
    "near_duplicates": "nearly the same as an earlier one",
    "over_number": "more than are wanted",
    "no_reference": "without the text that it is about",
    "no_length": "no length can be read in it",
    "one_stated_length": "its prompt does not state exactly one length",
    "no_required_length": "its prompt requires no length",
    "no_length_score": "without S_L",
    "min_length_score": "S_L too low",
    "no_quality_score": "without S_Q",
    "min_quality": "S_Q too low",
    "per_prompt": "not among the best of its prompt",
    "drop_short": "among the shorter ones, by drop-short",
}
"""Filters in words, of datasets made here and of fine-tuning data."""


@dataclass(frozen=True)
class Funnel:
    """Filters in the order in which they were applied; None where a table has no such filter.

    Attributes:
        columns: what each column is about.
        lines: filter, what it is in words, and rows of FILTERS, of filters that dropped something; the first what there
            was.
        idle: filters that dropped nothing.
    """

    columns: list[str]
    lines: list[tuple[str, str | None, list[Row | None]]]
    idle: list[str]


def funnel(tables: Mapping[str, Sequence[Row]]) -> Funnel:
    """Several tables with alike filters: rows of FILTERS, by the names of their columns."""
    by_filter = {column: {row["filter"]: row for row in rows} for column, rows in tables.items()}
    orders: dict[str, int] = {}  # of a filter: the last that it has in any table
    for row in (row for rows in tables.values() for row in rows):
        orders[row["filter"]] = max(row["order"], orders.get(row["filter"], 0))
    names = sorted(orders, key=lambda name: orders[name])
    steps = {name: [of_table.get(name) for of_table in by_filter.values()] for name in names}
    dropping = {name for name, of_name in steps.items() if any(step and step["dropped"] for step in of_name)}
    idle = [name for name in names if name not in {ALL, *dropping}]
    lines = [(name, MEANINGS.get(name), of_name) for name, of_name in steps.items() if name not in idle]
    return Funnel(list(tables), lines, idle)
