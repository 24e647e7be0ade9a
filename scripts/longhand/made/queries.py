"""What method query wrote, as prompts with the documents that it is about."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from longhand.made.responses import NO_TEXT, Dropped, Response, prompt_row, with_text
from longhand.tables.files import Row
from longhand.text.near_duplicates import jaccard, shingles
from longhand.text.repetition import Hashes

FILTERS = (*NO_TEXT, "equal", "near_duplicates", "over_number")


def query_rows(
    name: str, read: Callable[[], Iterable[Response]], settings: Mapping[str, Any], dropped: Dropped
) -> Iterator[Row]:
    """The rows of the prompts table, in the order of the documents, those of one document together.

    Args:
        name: of the dataset.
        read: gives the responses of method query, each time anew: with a number they are read twice, not kept.
        settings: `number` of queries, null: all. The first of every document come before the second of any.
            `near_duplicates`: the least similarity that drops the later of two about one document, null: only equal
            ones are dropped.
        dropped: counts.
    """
    dropped.filters = FILTERS
    number, threshold = settings["number"], settings["near_duplicates"]
    chosen: set[str] | None = None
    if number is not None:
        queries = [(place, row["prompt_id"]) for place, row in _distinct(name, read(), threshold, dropped)]
        chosen = {key for _, key in heapq.nsmallest(number, queries, key=lambda query: query[0])}
        dropped.counts["over_number"] = len(queries) - len(chosen)
    for _, row in _distinct(name, read(), threshold, dropped if chosen is None else Dropped()):
        if chosen is None or row["prompt_id"] in chosen:
            yield row


def _distinct(
    name: str, responses: Iterable[Response], threshold: float | None, dropped: Dropped
) -> Iterator[tuple[int, Row]]:
    """The rows of different queries, and which of its document each is, from 0 on."""
    seen: set[str] = set()
    for context, of_document in groupby(with_text(responses, dropped), key=lambda pair: pair[0].prompt["context"]):
        kept: list[Hashes] = []
        for response, text in of_document:
            row = prompt_row(name, response.prompt, prompt=text.strip(), context=context)
            if row["prompt_id"] in seen:
                dropped.counts["equal"] += 1
                continue
            seen.add(row["prompt_id"])
            words = shingles(row["prompt"])
            if (
                threshold is not None
                and not response.imagined
                and any(jaccard(words, one) >= threshold for one in kept)
            ):
                dropped.counts["near_duplicates"] += 1
                continue
            yield len(kept), row
            kept.append(words)
