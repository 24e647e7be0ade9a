"""Side files: JSON in scripts, which a page that is opened from a file may load."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from longhand.program.errors import LonghandError

LARGEST = 1_400_000
"""Bytes of JSON in a file. Base64 of what gzip cannot shrink has 1.9 MB."""
_LEVEL = 6


def write_side_file(browse: Path, name: str, content: Mapping[str, Any]) -> int:
    """Writes one side file; returns its bytes.

    Args:
        browse: the reader's folder.
        name: of the file below it, without `.js`; names of datasets and models, and numbers.
        content: what the page gets.

    Raises:
        LonghandError: the file cannot be written.
    """
    packed = base64.b64encode(gzip.compress(_json(content), _LEVEL, mtime=0))
    script = b'longhand.load("%b","%b");\n' % (name.encode("ascii"), packed)
    path = browse / f"{name}.js"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(script)
    except OSError as e:
        raise LonghandError(f"cannot write a file of the reader: {e.strerror or e}", str(path)) from e
    return len(script)


def write_list_file(browse: Path, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Writes rows to a side file, and those that do not fit to further ones; see `longhand.browse`."""
    files = list(filled(rows))
    for number, part in enumerate(files[1:], 1):
        write_side_file(browse, f"{name}.{number}", {"rows": part})
    write_side_file(browse, name, {"rows": files[0] if files else [], "more": max(0, len(files) - 1)})


def filled(rows: Iterable[Mapping[str, Any]], largest: int = LARGEST) -> Iterator[list[Mapping[str, Any]]]:
    """The rows, in order, as many together as fit into a file; a row that is larger than a file stands alone."""
    part: list[Mapping[str, Any]] = []
    size = 0
    for row in rows:
        row_size = len(_json(row)) + 1
        if part and size + row_size > largest:
            yield part
            part, size = [], 0
        part.append(row)
        size += row_size
    if part:
        yield part


def without_nulls(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row without what has no value."""
    return {name: value for name, value in row.items() if value is not None}


def _json(content: Mapping[str, Any]) -> bytes:
    """Compact JSON; half a surrogate pair, which UTF-8 does not have, becomes a question mark."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8", "replace")
