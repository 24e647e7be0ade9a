"""The files of a journal and their lines: which are answers, and at which byte each begins."""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from longhand.program.errors import LonghandError
from longhand.wire.answer import Answer

ANSWER_HEAD = re.compile(rb'\{"v": 1, "id": "([0-9a-f]{64})", ')
ENDING = ".jsonl"
_ENDS = 4096  # bytes

Place = tuple[Path, int]
"""A file of the journal, and the byte at which a line begins."""


def journal_files(root: Path, ending: str = ENDING) -> list[Path]:
    """All files under a journal with an ending, sorted; folders that are links to elsewhere included."""
    files, seen = list[Path](), set[str]()
    for folder, folders, names in os.walk(root, followlinks=True):
        if (real := os.path.realpath(folder)) in seen:  # a link to a folder above it
            folders.clear()
            continue
        seen.add(real)
        files += [Path(folder, name) for name in names if name.endswith(ending)]
    return sorted(files)


def open_to_read(path: Path) -> BinaryIO:
    """A journal file. Raises LonghandError when it cannot be read."""
    try:
        return open(path, "rb")
    except OSError as e:
        raise LonghandError(f"cannot read the journal: {e.strerror}", str(path)) from e


def checksum_of_ends(path: Path, length: int) -> int:
    """Of the first bytes of a file and the last up to `length`, which tell it from another when it grew.

    Raises OSError.
    """
    with open(path, "rb", buffering=0) as file:
        checksum = zlib.crc32(file.read(min(_ENDS, length)))
        file.seek(max(0, length - _ENDS))
        return zlib.crc32(file.read(min(_ENDS, length)), checksum)


def complete_lines(file: BinaryIO, start: int) -> Iterator[tuple[bytes, int]]:
    """Lines from byte `start` on, each with where it ends. One that is not finished yet is left for later."""
    file.seek(start)
    for line in file:
        if line.endswith(b"\n"):
            start += len(line)
            yield line, start


def answer_keys(path: Path, start: int) -> Iterator[tuple[bytes | None, int]]:
    """For each line from byte `start` on: the 32 bytes of its answer's request id, and where the line ends.

    Lines of other versions and lines that are cut have None. The texts are not read.
    """
    with open_to_read(path) as file:
        for line, end in complete_lines(file, start):
            head = ANSWER_HEAD.match(line)
            yield bytes.fromhex(head[1].decode()) if head and line.endswith(b"}\n") else None, end


def read_place(place: Place) -> Answer | None:
    """The answer that a line holds; None if it is damaged."""
    path, start = place
    with open_to_read(path) as file:  # none is kept open: there may be more of them than a process may have
        file.seek(start)
        line = file.readline()
    return Answer.read(line) if ANSWER_HEAD.match(line) else None


def read_answers(path: Path, start: int = 0) -> Iterator[tuple[Answer, int]]:
    """The answers in a journal file from byte `start` on, each with the byte at which to go on."""
    with open_to_read(path) as file:
        for line, end in complete_lines(file, start):
            if ANSWER_HEAD.match(line) and (answer := Answer.read(line)) is not None:
                yield answer, end
