"""Which texts have a word: side files that a page opens one of to find it."""

from __future__ import annotations

import heapq
import tempfile
from array import array
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import numpy as np

from longhand.browse.side_files import write_side_file
from longhand.browse.words import digest, place

FILE_BYTES = 250_000
"""Of JSON in a file, about: a search opens a file of each model for each word."""
MEMORY = 64_000_000
"""Bytes that entries may take before they go to a file."""
_ENTRY, _NUMBER = 200, 8  # bytes of memory
_BITS = 16  # of a word's digest, that tell its file

Entry = tuple[int, str, "array[int]"]
"""A word with its digest, and the numbers of its texts."""


class WordIndex:
    """An index that is written once all texts were added. Use as a context manager: it may keep open files.

    Args:
        browse: the reader's folder; what does not fit into memory is kept there while the index is made.
        memory: see MEMORY.
    """

    def __init__(self, browse: Path, memory: int = MEMORY):
        self._browse, self._memory = browse, memory
        self._texts_of: dict[str, array[int]] = {}
        self._taken = 0
        self._sizes = np.zeros(1 << _BITS, np.int64)  # of JSON, by the first bits of digests
        self._runs: list[IO[str]] = []
        self._opened = ExitStack()

    def __enter__(self) -> WordIndex:
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def add(self, number: int, words: Iterable[str]) -> None:
        """Adds a text with its words, each once. Numbers go up."""
        for word in words:
            texts = self._texts_of.get(word)
            if texts is None:
                texts = self._texts_of[word] = array("I")
                self._taken += _ENTRY
            texts.append(number)
            self._taken += _NUMBER
        if self._taken > self._memory:
            run = self._opened.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8", dir=self._browse))  # noqa: SIM115 - the stack closes it
            run.writelines(f"{code} {word} {' '.join(map(str, texts))}\n" for code, word, texts in self._sorted())
            self._runs.append(run)

    def write(self, name: str) -> int:
        """Writes the files `{name}/0` and so on; returns how many there are."""
        last = self._sorted()
        sizes, files = self._sizes, 1
        while sizes.reshape(files, -1).sum(axis=1).max() > FILE_BYTES and files < 1 << _BITS:
            files *= 2
        written, content = 0, dict[str, list[int]]()
        for word, texts in _merged([*map(_read_run, self._runs), last]):
            while written < place(word, files):
                write_side_file(self._browse, f"{name}/{written}", content)
                written, content = written + 1, {}
            content[word] = [texts[0], *(after - before for before, after in zip(texts, texts[1:], strict=False))]
        for number in range(written, files):
            write_side_file(self._browse, f"{name}/{number}", content)
            content = {}
        return files

    def _sorted(self) -> list[Entry]:
        """The entries in memory by digest and word. They are taken out of it, and their sizes noted."""
        entries = sorted((digest(word), word, texts) for word, texts in self._texts_of.items())
        for code, word, texts in entries:
            self._sizes[code >> (32 - _BITS)] += len(word.encode()) + 5 + 4 * len(texts)
        self._texts_of, self._taken = {}, 0
        return entries


def _read_run(run: IO[str]) -> Iterator[Entry]:
    run.seek(0)
    for line in run:
        code, word, *texts = line.split(" ")
        yield int(code), word, array("I", map(int, texts))


def _merged(runs: Iterable[Iterable[Entry]]) -> Iterator[tuple[str, array[int]]]:
    """Each word with all its texts; an earlier run has earlier texts."""
    waiting: tuple[str, array[int]] | None = None
    for _, word, texts in heapq.merge(*runs, key=_by_word):
        if waiting is not None and waiting[0] == word:
            waiting[1].extend(texts)
            continue
        if waiting is not None:
            yield waiting
        waiting = word, texts
    if waiting is not None:
        yield waiting


def _by_word(entry: Entry) -> tuple[int, str]:
    return entry[:2]
