"""The demo engine's vectors: a text is near to another that has the same words, and no word means anything."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from typing import Any

import numpy as np

from longhand.demo.bodies import BadRequest, read_body
from longhand.text.terms import terms_of
from longhand.text.tokens import estimate_tokens
from longhand.wire.vectors import Vectors, unit

DIMENSIONS = 256
"""Numbers of a vector."""
MOST_TEXTS = 2048
"""Texts of a request."""


def embeddings(raw: bytes, served: str, seed: int, max_model_len: int) -> dict[str, Any]:
    """The body of the answer to a request for embeddings.

    Args:
        raw: the request's body: `input` is a text or a list of texts; `encoding_format` float or base64.
        served: the only model's name.
        seed: another one gives other vectors.
        max_model_len: tokens that a text may have.

    Raises:
        BadRequest: something of it is wrong, or a text does not fit.
    """
    body = read_body(raw, served)
    given = body.get("input")
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) and text for text in texts):
        raise BadRequest("input must be a text or a list of texts, none empty (no token ids)", "input")
    if len(texts) > MOST_TEXTS:
        raise BadRequest(f"input has more than {MOST_TEXTS} texts", "input")
    encoding = body.get("encoding_format") or "float"
    if encoding not in ("float", "base64"):
        raise BadRequest("encoding_format must be float or base64", "encoding_format")
    counts = [max(estimate_tokens(text), 1) for text in texts]
    if (longest := max(counts)) > max_model_len:
        raise BadRequest(f"the maximum context length is {max_model_len} tokens, a text has {longest}", "input_tokens")
    vectors = vectors_of(texts, seed)
    data = [
        {"object": "embedding", "index": number, "embedding": _encoded(vectors[number], encoding)}
        for number in range(len(texts))
    ]
    usage = {"prompt_tokens": sum(counts), "total_tokens": sum(counts)}
    made_by = {"model": served, "system_fingerprint": "longhand-demo"}
    return {
        "id": f"embd-demo-{hashlib.sha256(raw).hexdigest()[:16]}",
        "object": "list",
        "data": data,
        **made_by,
        "usage": usage,
    }


def vectors_of(texts: list[str], seed: int) -> Vectors:
    """A vector of length 1 for each text: the square roots of how often it has each term, at places drawn by hash."""
    vectors = np.zeros((len(texts), DIMENSIONS))
    for number, text in enumerate(texts):
        for term, times in Counter(terms_of(text)).items():
            digest = hashlib.blake2b(f"{seed} {term}".encode("utf-8", "surrogatepass"), digest_size=4).digest()
            place, sign = int.from_bytes(digest[:3], "big") % DIMENSIONS, 1 - 2 * (digest[3] & 1)
            vectors[number, place] += sign * times**0.5
    return unit(vectors)


def _encoded(vector: Vectors, encoding: str) -> str | list[float]:
    if encoding == "base64":
        return base64.b64encode(vector.astype("<f4").tobytes()).decode()
    return [round(number, 7) for number in vector.tolist()]
