"""Rows of a file from elsewhere, matched to the prompts of a dataset by prompt and context.

Spaces around a prompt or a context do not count.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from longhand.program.errors import LonghandError
from longhand.prompts.sources import read_source, text_of
from longhand.tables.files import Row


class Matched(NamedTuple):
    """A row of a file that has a response to a prompt."""

    prompt_id: str
    response: str
    place: str
    row: Row


class ResponseFile:
    """A file of prompts and responses, held against the prompts of a dataset.

    Args:
        path: of the file.
        kind: jsonl, json, csv or parquet.
        fields: its columns, ours -> theirs; a column `context` that its first row has is read without being named,
            unless `fields` has null for it; where there is none, the prompt's text alone decides.
        prompts: all rows of the dataset, read once: prompt_id, prompt, context.

    Attributes:
        prompts: ids of all prompts.
    """

    def __init__(self, path: Path, kind: str, fields: Mapping[str, Any], prompts: Iterable[Row]):
        self.path, self._kind = path, kind
        _, first = next(read_source(path, kind), ("", {}))
        self._context = context = fields.get("context", "context" if "context" in first else None)
        self._columns = [str(fields["prompt"]), str(fields["response"])]
        self._named = self._columns if fields.get("context") is None else [*self._columns, str(context)]
        keys = [(_key(row["prompt"], row["context"] if context else None), row["prompt_id"]) for row in prompts]
        self._known, self._wanted = Counter(key for key, _ in keys), dict(keys)
        self.prompts = [prompt_id for _, prompt_id in keys]

    def rows(self) -> Iterator[Matched]:
        """The rows with a response to a prompt of the dataset, in the file's order.

        Raises:
            LonghandError: a column is missing, a response fits several prompts, or there are prompts and responses but
                not one response is to a prompt of the dataset.
        """
        context, fitting, read = self._context, 0, 0
        for place, row in read_source(self.path, self._kind):
            _check(row, self._named, f"{self.path} {place}")
            response = text_of(row[self._columns[1]])
            if response is None:  # null says that there is none; an empty text is one
                continue
            key = _key(text_of(row[self._columns[0]]), text_of(row.get(context)) if context else None)
            read, fitting = read + 1, fitting + (key in self._known)
            if self._known[key] > 1:
                differ = "spaces around them" if context else "their contexts"
                fix = "make the prompts differ" if context else "add a column `context`, or name it in `fields`"
                what = f"the response fits {self._known[key]} prompts of the dataset, which differ only in {differ}"
                raise LonghandError(what, f"{self.path} {place}", fix)
            if key in self._wanted:
                yield Matched(self._wanted[key], response, place, row)
        if self._known and read and not fitting:
            hint = f"the column '{context}' counts too; `fields: {{context: null}}` leaves it out" if context else None
            raise LonghandError("not one of its prompts is a prompt of the dataset", str(self.path), hint)


class TextsByPrompt:
    """Texts by prompt, in the order in which they are added. They wait in a temporary file without a name."""

    def __init__(self) -> None:
        self._places: dict[str, list[tuple[int, int]]] = {}  # start, bytes
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  # as long as this object lives

    def count(self, prompt_id: str) -> int:
        """How many texts a prompt has."""
        return len(self._places.get(prompt_id, ()))

    def add(self, prompt_id: str, text: str) -> None:
        """Takes a text."""
        content = text.encode()
        self._places.setdefault(prompt_id, []).append((self._file.seek(0, os.SEEK_END), len(content)))
        self._file.write(content)

    def of(self, prompt_id: str, number: int) -> str | None:
        """A text of a prompt, from 0; None where it has not so many."""
        if number >= self.count(prompt_id):
            return None
        start, size = self._places[prompt_id][number]
        self._file.seek(start)
        return self._file.read(size).decode()


def _key(prompt: str | None, context: str | None) -> bytes:
    """What a response is matched by, short: contexts may be long."""
    request, text = (prompt or "").strip(), (context or "").strip()
    return hashlib.sha256(f"{len(request)} {request}{text}".encode("utf-8", "surrogatepass")).digest()


def _check(row: Row, columns: Sequence[str], where: str) -> None:
    """Raises LonghandError when one of the columns is missing, or the second, the response's, holds no text."""
    for column in columns:
        if column not in row:
            raise LonghandError(
                f"there is no column '{column}', only: {', '.join(map(str, row))}", where, "name it in `fields`"
            )
    if not isinstance(row[columns[1]], str | None):
        what = f"'{columns[1]}' is {type(row[columns[1]]).__name__}, not text"
        raise LonghandError(what, where, "name the column with the response's text in `fields`")
