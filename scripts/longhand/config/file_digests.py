"""Digests of the files and folders that settings name: one that is overwritten in place decides other answers.

They are worked out whenever a config is read, on a cluster once more in each job, so that no more than a few MB of
each file of weights are read.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from longhand.program.errors import LonghandError
from longhand.wire.identity import canonical

_WHOLE = 32 << 20  # bytes up to which a file is read whole: templates, tokenizers, small adapters
_SAMPLES, _SAMPLE = 16, 16 << 10  # of a larger one: so many places, spread evenly, and bytes at each


def named_files(*values: Any) -> dict[str, str]:
    """What the values name on this machine: the name as it stands -> SHA-256 (hex) of what is there.

    Of a folder, its own files count, by name and content, but no subfolders, hidden files or `.md`. Of a file over
    32 MiB its size and samples count: training changes nearly all of a model's weights, so samples show it.

    Args:
        values: settings, nested or not. A text counts if it is the path of something that exists, be it behind
            `name=` (as adapters are given to vLLM) or in a JSON text.

    Raises:
        LonghandError: a file is there, but cannot be read.
    """
    names = {name for name in _texts(values) if os.path.isfile(name) or os.path.isdir(name)}
    return {name: _digest(name) for name in sorted(names)}


def digest_of_files(folder: str, files: Iterable[Path]) -> str:
    """SHA-256 (hex) of the names and contents of files in a folder, in this order; of those over 32 MiB as above.

    Raises:
        LonghandError: one cannot be read.
    """
    try:
        listed = [(os.path.relpath(file, folder), _file_digest(str(file))) for file in files]
    except OSError as e:
        raise LonghandError(f"cannot read: {e.strerror}", e.filename or folder) from e
    return hashlib.sha256(canonical(listed).encode("utf-8", "surrogateescape")).hexdigest()


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
        if "=" in value:
            yield value.partition("=")[2]
        if value.lstrip()[:1] in ("{", "["):
            try:
                yield from _texts(json.loads(value))
            except (ValueError, RecursionError):
                return
    elif isinstance(value, dict):
        yield from _texts([*value.values()])
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)


def _digest(name: str) -> str:
    try:
        if not os.path.isdir(name):
            return _file_digest(name)
        files = sorted(
            (entry.name, _file_digest(entry.path))
            for entry in os.scandir(name)
            if entry.is_file() and not entry.name.startswith(".") and not entry.name.endswith(".md")
        )
    except OSError as e:
        raise LonghandError(f"cannot read: {e.strerror}", e.filename or name) from e
    return hashlib.sha256(canonical(files).encode("utf-8", "surrogateescape")).hexdigest()


def _file_digest(name: str) -> str:
    state = os.stat(name)
    return _content_digest(name, state.st_size, state.st_mtime_ns)


@functools.lru_cache(maxsize=4096)
def _content_digest(name: str, size: int, _: int) -> str:
    digest = hashlib.sha256(str(size).encode())
    with Path(name).open("rb") as file:
        if size <= _WHOLE:
            digest.update(file.read(_WHOLE))
        else:
            for number in range(_SAMPLES):  # the first is the head, with the names of the tensors; the last is the end
                file.seek((size - _SAMPLE) * number // (_SAMPLES - 1))
                digest.update(file.read(_SAMPLE))
    return digest.hexdigest()
