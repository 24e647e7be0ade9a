"""The reader's side files as tests read them, by nothing of what wrote them; and words by their description."""

from __future__ import annotations

import base64
import gzip
import json
import re
import unicodedata
from pathlib import Path
from typing import Any

Rows = list[dict[str, Any]]

_CALL = re.compile(rb'longhand\.load\("([A-Za-z0-9._+/-]+)","([A-Za-z0-9+/=]+)"\);\n')


def unpacked(browse: Path, name: str) -> Any:
    """What a side file holds."""
    call = _CALL.fullmatch((browse / f"{name}.js").read_bytes())
    assert call is not None, name
    assert call[1].decode() == name
    return json.loads(gzip.decompress(base64.b64decode(call[2], validate=True)))


def listed(browse: Path, name: str) -> list[Any]:
    """The rows of a list file, and of those that go on from it."""
    first = unpacked(browse, name)
    more = [unpacked(browse, f"{name}.{number}")["rows"] for number in range(1, first["more"] + 1)]
    return [*first["rows"], *(row for rows in more for row in rows)]


def numbers_of_words(browse: Path, name: str, files: int) -> dict[str, list[int]]:
    """What an index holds; each word must be in its own file."""
    numbers = {}
    for k in range(files):
        for word, gaps in unpacked(browse, f"{name}/{k}").items():
            assert k == reference_crc32(word) * files // 2**32
            numbers[word] = [sum(gaps[: i + 1]) for i in range(len(gaps))]
    return numbers


def reference_words(text: str, pattern: str, longest: int) -> set[str]:
    """As `longhand.browse` describes it, character by character."""
    folded = unicodedata.normalize("NFKC", text).lower().replace("ς", "σ")
    words = set()
    for match in re.finditer(pattern, folded):
        if match[1] is None:
            words.add(match[0][:longest])
            continue
        for i, character in enumerate(match[1]):
            words |= {character, match[1][i : i + 2]}
    return words


def reference_crc32(word: str) -> int:
    crc = 0xFFFFFFFF
    for byte in word.encode():
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xEDB88320 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def keyed(rows: Rows) -> dict[tuple[str, int], Rows]:
    """The rows of each response."""
    by_key: dict[tuple[str, int], Rows] = {}
    for row in rows:
        by_key.setdefault((row["prompt_id"], row["sample"]), []).append(row)
    return by_key


def kept(row: dict[str, Any], *columns: str) -> dict[str, Any]:
    return {name: row[name] for name in columns if row[name] is not None}


def units(text: str, start: int, end: int | None = None) -> str:
    """A part of a text as JavaScript slices it."""
    wide = text.encode("utf-16-le")
    return wide[2 * start : None if end is None else 2 * end].decode("utf-16-le")
