"""The contexts that answers are held against: cut and indexed once, however many answers there are."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from longhand.judging.retrieval import PassageVectors, Retriever, bm25_of
from longhand.text.chunks import cut

KEPT = 16
"""Contexts that are kept: about as many as the rows of a job in flight have."""


@dataclass
class Context:
    """A context in parts.

    Attributes:
        text: all of it.
        chunks: ranges of characters that facts are taken from; passages: that statements are held against.
        facts: question -> the facts of each chunk.
        vectors: of the passages, by embedder.
    """

    text: str
    chunks: Sequence[tuple[int, int]]
    passages: Sequence[tuple[int, int]]
    facts: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    vectors: PassageVectors = field(default_factory=dict)

    def passage(self, number: int) -> str:
        """The text of a passage."""
        start, end = self.passages[number]
        return self.text[start:end]

    @property
    def passage_texts(self) -> list[str]:
        """The texts of all passages."""
        return [self.passage(number) for number in range(len(self.passages))]

    @cached_property
    def bm25(self) -> Retriever:
        """The passages' index."""
        return bm25_of(self.passage_texts)


class Contexts:
    """The contexts that were needed last.

    Args:
        settings: chunk_tokens, passage_tokens, tokenizer.
    """

    def __init__(self, settings: Mapping[str, Any]):
        self._settings = settings
        self._kept: OrderedDict[str, Context] = OrderedDict()

    def of(self, text: str) -> Context:
        """The parts of a context.

        Raises:
            LonghandError: the tokenizer cannot be read.
        """
        if text not in self._kept:
            tokenizer = self._settings["tokenizer"]
            sizes = self._settings["chunk_tokens"], self._settings["passage_tokens"]
            chunks, passages = (cut(text, size, tokenizer) for size in sizes)
            self._kept[text] = Context(text, chunks, passages)
        self._kept.move_to_end(text)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return self._kept[text]
