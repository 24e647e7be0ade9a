"""The vectors of texts, as an answer of an embedder keeps them: its text is ASCII.

A vector is kept at length 1, in half precision: of what it is for, the cosine of two, an error of 0.001 at most
remains.
"""

from __future__ import annotations

import base64
import binascii

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float64]
"""One row per text."""


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


def unit(vectors: Vectors) -> Vectors:
    """The vectors at length 1; a vector of zeros stays one."""
    largest = np.abs(vectors).max(axis=1, keepdims=True, initial=0.0)
    scaled = vectors / np.where(largest, largest, 1.0)  # squares of very large or small numbers would be lost
    lengths = np.linalg.norm(scaled, axis=1, keepdims=True)
    of_length_1: Vectors = scaled / np.where(lengths, lengths, 1.0)
    return of_length_1
