"""Which passages of a context are nearest to a statement: by BM25, or by an embedder's vectors."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from longhand.judging.kinds import EMBED_PASSAGES, EMBED_STATEMENTS
from longhand.text.imagined import is_marked
from longhand.text.terms import terms_of
from longhand.wire.asker import Asker, together
from longhand.wire.replies import Unanswered
from longhand.wire.vectors import Vectors, decode

TEXTS = 64
"""Most texts of a request to an embedder."""

EMBEDDING_STEPS = (EMBED_PASSAGES, EMBED_STATEMENTS)
"""The steps of its requests."""


PassageVectors = dict[str, NDArray[np.float32] | None]
"""Embedder -> the vectors of a context's passages; None where the plan imagines them."""


class Retriever(Protocol):
    """Finds passages of one context."""

    async def nearest(self, statements: Sequence[str], number: int) -> list[list[int]]:
        """The nearest passages of each statement, so many of them, in document order.

        Of equally near ones the first in the document count.

        Raises:
            Unanswered: the embedder gave no vectors.
        """
        ...


def bm25_of(passages: Sequence[str]) -> Retriever:
    """Retrieval by BM25: k1 1.5, b 0.75, the inverse document frequency of Lucene.

    Its tokens are the terms of longhand.text.terms.
    """
    return _Bm25(passages)


def embedded_of(embedder: Asker, passages: Sequence[str], known: PassageVectors | None = None) -> Retriever:
    """Retrieval by the cosine of an embedder's vectors.

    The passages are embedded when the first statement comes, in requests that are the same for all answers about the
    context, so the ask-once client sends each once.

    Args:
        known: vectors of these passages that came before; is added to.
    """
    return _Embedded(embedder, passages, {} if known is None else known)


class _Bm25:
    def __init__(self, passages: Sequence[str]):
        from bm25s import BM25

        self._ids = defaultdict[str, int](None)  # by first occurrence: a set would have another order in each process
        self._ids.default_factory = self._ids.__len__
        numbers = [list(map(self._ids.__getitem__, terms_of(passage))) for passage in passages]
        self._ids.default_factory = None
        self._size, self._index = len(passages), BM25(method="lucene", k1=1.5, b=0.75, dtype="float64")
        if self._ids:
            self._index.index((numbers, self._ids), create_empty_token=False, show_progress=False)

    async def nearest(self, statements: Sequence[str], number: int) -> list[list[int]]:
        return [_first(self._scores(statement), number) for statement in statements]

    def _scores(self, statement: str) -> NDArray[np.float64]:
        known = [self._ids[term] for term in terms_of(statement) if term in self._ids]
        if not known:
            return np.zeros(self._size)
        scores: NDArray[np.float64] = self._index.get_scores_from_ids(known)
        return scores


class _Embedded:
    def __init__(self, embedder: Asker, passages: Sequence[str], known: PassageVectors):
        self._embedder, self._passages, self._known = embedder, passages, known
        self._once = asyncio.Lock()

    async def nearest(self, statements: Sequence[str], number: int) -> list[list[int]]:
        if not statements or not self._passages:
            return [[] for _ in statements]
        async with self._once:
            if self._embedder.name not in self._known:
                vectors = await vectors_of(self._embedder, self._passages, EMBEDDING_STEPS[0])
                self._known[self._embedder.name] = None if vectors is None else vectors.astype(np.float32)
        near_to = self._known[self._embedder.name]
        wanted = await vectors_of(self._embedder, statements, EMBEDDING_STEPS[1])
        if near_to is None or wanted is None:  # in the plan: only the lengths of passages count
            last = range(max(0, len(self._passages) - number), len(self._passages))  # by words it imagines the first
            return [list(last) for _ in statements]
        if wanted.shape[1] != near_to.shape[1]:
            of_each = f"{wanted.shape[1]} numbers, those of the passages {near_to.shape[1]}"
            raise Unanswered(
                "failed", f"vectors of {self._embedder.name} do not fit: those of statements have {of_each}"
            )
        cosines = np.round(wanted @ near_to.T, 9)  # what remains of rounding would part equal ones
        return [_first(one, number) for one in cosines]


async def vectors_of(embedder: Asker, texts: Sequence[str], step: str) -> Vectors | None:
    """The vectors of texts as rows, of length 1 each; of white space, which servers refuse, zeros.

    None where the plan imagines an answer.

    Raises:
        Unanswered: there are none.
    """
    places = [place for place, text in enumerate(texts) if text.strip()]
    sent = [texts[place] for place in places]
    parts = [sent[start : start + TEXTS] for start in range(0, len(sent), TEXTS)]
    answers = await together(
        embedder.ask([{"role": "user", "content": text} for text in part], draw=[], step=step, number=number)
        for number, part in enumerate(parts)
    )
    if any(is_marked(answer.text) for answer in answers):
        return None
    try:
        vectors = np.concatenate([decode(answer.text) for answer in answers] or [np.zeros((0, 0))])
    except ValueError as e:
        raise Unanswered("failed", f"answers of {embedder.name} in the journal: {e}") from e
    if len(vectors) != len(sent):
        raise Unanswered("failed", f"{embedder.name} has {len(vectors)} vectors in the journal for {len(sent)} texts")
    rows = np.zeros((len(texts), vectors.shape[1]))
    rows[places] = vectors
    return rows


def _first(scores: NDArray[np.floating], number: int) -> list[int]:
    """The places of the highest scores, in rising order; of equal ones the first count."""
    return sorted(np.argsort(-scores, kind="stable")[:number].tolist())
