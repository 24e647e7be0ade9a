"""Responses that were made elsewhere, matched to prompts by prompt and context."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from longhand.methods.direct import answered_row, unanswered_row
from longhand.program.errors import LonghandError
from longhand.program.printable import printable
from longhand.prompts.sources import read_source, text_of
from longhand.tables.files import Row
from longhand.wire.answer import Answer
from longhand.wire.asker import Asker, Call

_SHOWN = 80  # characters of a prompt, where it has no response


class Method:
    """Takes each response from a file; it asks nobody.

    Spaces around a prompt or a context do not count. A prompt whose responses are fewer than `samples` gets status
    failed for the rest; the counts of what is missing and what is too much go to the log.

    Args:
        settings: `path` of the file. `fields`: its columns, ours -> theirs; a column `context` that its first row has
            is read without being named, unless `fields` has null for it; where there is none, the prompt's text alone
            decides. `samples`: responses per prompt. `model`: its name. `prompts`: all rows of the dataset, read once.

    Raises:
        LonghandError: a column is missing, a response fits several prompts, or there are prompts and responses but not
            one response is to a prompt of the dataset.
    """

    ROLES: ClassVar[Mapping[str, str | None]] = {}
    SETTINGS: ClassVar = ("fields",)
    PROMPTS: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    TRACED: ClassVar = False

    def __init__(self, settings: Mapping[str, Any]):
        self._file, self._model = Path(settings["path"]), settings["model"]
        self._texts = _texts(settings["prompts"], self._file, settings["fields"])
        _tell_counts(self._texts.counts, settings["samples"], self._file)

    async def make(self, askers: Mapping[str, Asker], row: Row) -> list[Row]:
        """The response to one prompt, as one row of the responses table.

        Args:
            askers: none.
            row: a prompt, and which `sample` of its responses is wanted.
        """
        text = self._texts.of(row["prompt_id"], row["sample"])
        if text is None:
            why = f"no response in {self._file.name} to '{printable(row['prompt'][:_SHOWN], _SHOWN)}'"
            return [unanswered_row(row, self._model, "failed", why, 0)]
        return [taken_row(row, self._model, text)]

    def imagine(self, call: Call, row: Row) -> str | None:
        """Nothing: nobody is asked."""
        return None


def taken_row(row: Row, model: str, text: str) -> Row:
    """A row of the responses table for a text that nobody was asked for."""
    return answered_row(row, model, Answer("", text, None, None, None, 0.0, 0)) | {"request_id": None, "seconds": None}


class _Texts:
    """Responses by prompt, in the order in which they are added. They wait in a temporary file without a name.

    Args:
        prompts: ids of all prompts.
    """

    def __init__(self, prompts: Iterable[str]):
        self._places: dict[str, list[tuple[int, int]]] = {prompt_id: [] for prompt_id in prompts}  # start, bytes
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  # as long as this object lives

    @property
    def counts(self) -> list[int]:
        """Responses to each prompt."""
        return [len(places) for places in self._places.values()]

    def add(self, prompt_id: str, text: str) -> None:
        """Takes a response."""
        content = text.encode()
        self._places[prompt_id].append((self._file.seek(0, os.SEEK_END), len(content)))
        self._file.write(content)

    def of(self, prompt_id: str, sample: int) -> str | None:
        """A response to a prompt; None where it has not so many."""
        places = self._places[prompt_id]
        if sample >= len(places):
            return None
        start, size = places[sample]
        self._file.seek(start)
        return self._file.read(size).decode()


def _texts(prompts: Iterable[Row], file: Path, fields: Mapping[str, str | None]) -> _Texts:
    """The responses that are to prompts of the dataset."""
    _, first = next(read_source(file, file.suffix.lstrip(".")), ("", {}))
    context = fields.get("context", "context" if "context" in first else None)
    columns = [str(fields["prompt"]), str(fields["response"])]
    named = columns if fields.get("context") is None else [*columns, str(context)]
    keys = [(_key(row["prompt"], row["context"] if context else None), row["prompt_id"]) for row in prompts]
    known, wanted = Counter(key for key, _ in keys), dict(keys)
    texts, fitting, read = _Texts(prompt_id for _, prompt_id in keys), 0, 0
    for place, row in read_source(file, file.suffix.lstrip(".")):
        _check(row, named, f"{file} {place}")
        response = text_of(row[columns[1]])
        if response is None:  # null says that there is none; an empty text is one
            continue
        key = _key(text_of(row[columns[0]]), text_of(row.get(context)) if context else None)
        read, fitting = read + 1, fitting + (key in known)
        if known[key] > 1:
            differ = "spaces around them" if context else "their contexts"
            fix = "make the prompts differ" if context else "add a column `context`, or name it in `fields`"
            what = f"the response fits {known[key]} prompts of the dataset, which differ only in {differ}"
            raise LonghandError(what, f"{file} {place}", fix)
        if key in wanted:
            texts.add(wanted[key], response)
    if known and read and not fitting:
        hint = f"the column '{context}' counts too; `fields: {{context: null}}` leaves it out" if context else None
        raise LonghandError("not one of its prompts is a prompt of the dataset", str(file), hint)
    return texts


def _key(prompt: str | None, context: str | None) -> bytes:
    """What a response is matched by, short: contexts may be long."""
    request, text = (prompt or "").strip(), (context or "").strip()
    return hashlib.sha256(f"{len(request)} {request}{text}".encode("utf-8", "surrogatepass")).digest()


def _check(row: Row, columns: Sequence[str], where: str) -> None:
    """Raises LonghandError when one of the columns is missing, or the second, the response's, holds no text."""
    for column in columns:
        if column not in row:
            known = ", ".join(map(str, row))
            raise LonghandError(f"there is no column '{column}', only: {known}", where, "name it in `fields`")
    if not isinstance(row[columns[1]], str | None):
        what = f"'{columns[1]}' is {type(row[columns[1]]).__name__}, not text"
        raise LonghandError(what, where, "name the column with the response's text in `fields`")


def _tell_counts(counts: Sequence[int], samples: int, file: Path) -> None:
    missing, spare = (sum(max(0, sign * (samples - count)) for count in counts) for sign in (1, -1))
    wanted = len(counts) * samples
    print(
        f"{wanted - missing} of {wanted} responses are in {file}; {missing} are not (status failed); {spare} more than "
        f"{samples} to a prompt are not used",
        file=sys.stderr,
    )
