"""Prompts for the method query: each has a document as its context, and asks for a query of one kind about it."""

from __future__ import annotations

import hashlib
import heapq
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from longhand.made.draws import by_share, draw, turn
from longhand.made.responses import Dropped, prompt_row
from longhand.made.sources import AGAIN, QUERY_KINDS
from longhand.program.errors import LonghandError
from longhand.program.printable import printable
from longhand.prompts.folders import text_files
from longhand.prompts.sources import read_source, text_of
from longhand.tables.files import Row
from longhand.text.fill import fill
from longhand.text.language import language_of
from longhand.text.length import count_longbench_write

FILTERS = ("unreadable", "empty", "equal", "words", "over_number")
_LARGEST = 64 << 20  # bytes of a file, or characters of a text: more than ten million words
_SHOWN = 200  # characters of a file's name


Document = tuple[str, str | None]
"""Where a document is from, for messages, and its text; None where it is no text."""


def document_rows(
    name: str, read: Callable[[], Iterable[Document]], settings: Mapping[str, Any], seed: int, dropped: Dropped
) -> Iterator[Row]:
    """The rows of the prompts table: documents in their order, the queries of each one after another.

    Which documents are drawn, and which kinds of queries they get, depends on the seed and their texts alone: a
    larger number of either changes none that are there.

    Args:
        name: of the dataset.
        read: gives the documents, each time anew: with a number they are read twice, not kept.
        settings: `words`: [least, most] of a document, by LongBench-Write's counter, null:
            any; `number` of documents, null: all; `queries` about each; `kinds`: their shares; `prompts`: templates.
        seed: of all draws.
        dropped: counts documents.

    Raises:
        LonghandError: the documents cannot be read, or none is left.
    """
    dropped.filters = FILTERS
    chosen: set[str] | None = None
    if settings["number"] is not None:
        keys = [key for key, _ in _passing(read(), settings, dropped)]
        chosen = set(heapq.nsmallest(settings["number"], keys, key=lambda key: draw(seed, key)))
        dropped.counts["over_number"] = len(keys) - len(chosen)
    left = 0
    for key, text in _passing(read(), settings, dropped if chosen is None else Dropped()):
        if chosen is None or key in chosen:
            left += 1
            yield from _rows(name, text, settings, draw(seed, f"kinds {key}"))
    if not left:
        what = f"not one of {dropped.total} documents is left: {dropped.summary()}"
        raise LonghandError(what, f"dataset {name}", "see `words`, and what its path holds")


def documents_in(path: Path, column: str) -> Iterator[Document]:
    """The documents of a folder or file.

    A text is UTF-8, or UTF-16 with its mark. Another encoding is not guessed, since it would give another text.

    Args:
        path: a folder with .txt and .md files, or a jsonl, json, csv or parquet file.
        column: the column of the file that has the texts.

    Raises:
        LonghandError: the folder or file cannot be read, or has no such column.
    """
    if path.is_dir():
        for file in text_files(path):
            yield os.path.relpath(file, path), _read(file)
        return
    for place, row in read_source(path, path.suffix.lstrip(".")):
        where = f"{path} {place}"
        if column not in row:
            what = f"there is no column '{column}', only: {', '.join(map(str, row))}"
            raise LonghandError(what, where, "name the column of the texts in `text`")
        if isinstance(row[column], list | dict):
            raise LonghandError(f"'{column}' is {type(row[column]).__name__}, not text", where)
        yield place, _plain(text_of(row[column]) or "")


def _read(file: Path) -> str | None:
    try:
        if file.stat().st_size > _LARGEST:
            return None
        content = file.read_bytes()
    except OSError as e:
        raise LonghandError(f"cannot read: {e.strerror}", str(file)) from e
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return _plain(content.decode(encoding))
    except UnicodeDecodeError:
        return None


def _plain(text: str) -> str | None:
    """A text with line ends of one kind and nothing around it; None where it is none: binary, or endless."""
    if "\0" in text or len(text) > _LARGEST:
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _passing(documents: Iterable[Document], settings: Mapping[str, Any], dropped: Dropped) -> Iterator[tuple[str, str]]:
    """The documents that pass all filters but the last, each with a key of its text; the others are counted."""
    seen: set[str] = set()
    for place, text in documents:
        dropped.total += 1
        key = hashlib.sha256((text or "").encode()).hexdigest()
        if (reason := _failed(text, key in seen, settings["words"])) is not None or text is None:
            dropped.drop(reason or "unreadable", printable(place, _SHOWN))
            continue
        seen.add(key)
        yield key, text


def _failed(text: str | None, known: bool, words: tuple[int, int] | None) -> str | None:
    if text is None:
        return "unreadable"
    if not any(character.isalnum() for character in text):
        return "empty"
    if known:
        return "equal"
    return "words" if words is not None and not words[0] <= count_longbench_write(text) <= words[1] else None


def _rows(name: str, text: str, settings: Mapping[str, Any], start: float) -> Iterator[Row]:
    """The rows of one document. Its kinds are spread evenly: four queries of four kinds alike are one of each."""
    language, templates = language_of(text), settings["prompts"]
    shares = {kind: settings["kinds"].get(kind, 0) for kind in QUERY_KINDS}
    of_kind = Counter[str]()
    for number in range(settings["queries"]):
        kind = by_share((start + turn(number)) % 1, shares)
        of_kind[kind] += 1
        wanted = templates[kind][language]
        if of_kind[kind] > 1:  # or two prompts would be the same question
            wanted = fill(templates[AGAIN][language], wanted=wanted, number=of_kind[kind])
        yield prompt_row(name, {"prompt": wanted, "language": language, "category": kind}, context=text)
