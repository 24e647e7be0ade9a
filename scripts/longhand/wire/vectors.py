"""The vectors of texts: as a server sends them, and as an answer of an embedder keeps them, whose text is ASCII.

A vector is kept at length 1, in half precision: of what it is for, the cosine of two, an error of 0.001 at most
remains.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float64]
"""One row per text."""
_MOST_NUMBERS = 1 << 16  # of a vector


def encode(vectors: Vectors) -> str:
    """A text of vectors: their dimensions, a colon, and base64 of float16 (little-endian)."""
    halves = unit(vectors).astype("<f2")
    return f"{vectors.shape[1]}:{base64.b64encode(halves.tobytes()).decode()}"


def decode(text: str) -> Vectors:
    """The vectors of a text, of length 1 each; a vector of zeros stays one.

    Raises:
        ValueError: it is none of `encode`.
    """
    dimensions, _, data = text.partition(":")
    try:
        halves = np.frombuffer(base64.b64decode(data, validate=True), "<f2").reshape(-1, int(dimensions))
    except (ValueError, binascii.Error):
        raise ValueError("these are no vectors") from None
    return unit(halves.astype(np.float64))


def dimensions_of(text: str) -> str:
    """The dimensions of the vectors of a text, as it says them."""
    return text.partition(":")[0]


def vectors_in(data: Any, texts: int) -> Vectors:
    """The vectors that a server sent for so many texts, in the order of these.

    Args:
        data: a list of objects: `embedding` is a list of numbers, or base64 of float32 (little-endian); `index` says
            whose it is, and where none says so their order does.
        texts: how many there were.

    Raises:
        ValueError: it is something else, in words.
    """
    if not isinstance(data, list) or not all(isinstance(one, dict) for one in data):
        raise ValueError("no list of objects")
    if len(data) != texts:
        raise ValueError(f"{len(data)} for {texts} texts")
    indexes = [one.get("index") for one in data]
    if indexes == [None] * texts:
        indexes = list(range(texts))
    if not all(type(index) is int for index in indexes) or sorted(indexes) != list(range(texts)):
        raise ValueError("their indexes are not those of the texts")
    rows = [_numbers(one.get("embedding")) for one in data]
    if len({row.size for row in rows}) != 1 or not 0 < rows[0].size <= _MOST_NUMBERS:
        raise ValueError(f"they have {', '.join(sorted({str(row.size) for row in rows})[:5])} numbers")
    if not all(np.isfinite(row).all() for row in rows):
        raise ValueError("some numbers are not finite")
    return np.stack([rows[place] for place in np.argsort(indexes)])


def _numbers(embedding: Any) -> NDArray[np.float64]:
    try:
        if isinstance(embedding, str):
            return np.frombuffer(base64.b64decode(embedding, validate=True), "<f4").astype(np.float64)
        if isinstance(embedding, list) and all(type(number) in (int, float) for number in embedding):
            return np.array(embedding, np.float64)
    except (ValueError, OverflowError):
        pass
    raise ValueError("one is no list of numbers, and no base64 of them")


def unit(vectors: Vectors) -> Vectors:
    """The vectors at length 1; a vector of zeros stays one."""
    largest = np.abs(vectors).max(axis=1, keepdims=True, initial=0.0)
    scaled = vectors / np.where(largest, largest, 1.0)  # squares of very large or small numbers would be lost
    lengths = np.linalg.norm(scaled, axis=1, keepdims=True)
    of_length_1: Vectors = scaled / np.where(lengths, lengths, 1.0)
    return of_length_1
