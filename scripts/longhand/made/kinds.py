"""The kinds of datasets that the graph makes, and the rows of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from longhand.made.answers import answer_rows
from longhand.made.documents import Document, document_rows
from longhand.made.drawn import drawn_rows
from longhand.made.instructions import instruction_rows
from longhand.made.queries import query_rows
from longhand.made.responses import Dropped, Response
from longhand.made.restated import restated_rows
from longhand.made.slots import Seeds, slot_rows
from longhand.tables.files import Row


def made_rows(
    name: str,
    kind: str,
    settings: Mapping[str, Any],
    seed: int,
    read: Callable[[], Iterable[Response]],
    seeds: Seeds,
    documents: Callable[[], Iterable[Document]],
    prompts: Callable[[], Iterable[Row]],
    dropped: Dropped,
) -> Iterator[Row]:
    """The rows of the prompts table of a made dataset.

    Args:
        name: of the dataset.
        kind, settings: what `made` says of it.
        seed: of the run.
        read: gives the responses of its sources, each time anew.
        seeds: of slots.
        documents: gives the documents that prompts are about, likewise.
        prompts: gives the prompts that a sample is drawn from, likewise.
        dropped: counts.

    Raises:
        LonghandError: see the kinds.
    """
    if kind == "slots":
        dropped.total = settings["number"]
        return slot_rows(name, seeds, settings, seed)
    if kind == "drawn":
        return drawn_rows(name, prompts, settings, seed)
    if kind == "documents":
        return document_rows(name, documents, settings, seed, dropped)
    if kind == "queries":
        return query_rows(name, read, settings, dropped)
    if kind == "instructions":
        return instruction_rows(name, read(), settings, dropped)
    if kind == "answers":
        return answer_rows(name, read, settings, seed, dropped)
    return restated_rows(name, read(), dropped)
