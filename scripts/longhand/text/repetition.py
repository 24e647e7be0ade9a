"""Repetition: how much of a text was said before in it, and how much two texts share.

Tokens and runs of tokens are compared by 64-bit hashes of theirs, which are the same in every process. Two different
runs of a text of 100,000 tokens have the same hash once in some billions of texts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from longhand.text.language import GAP, WIDE, codes_of, kinds_of

NGRAM = 13  # tokens; what Self-Lengthen's filter and LonGen look at
_BASE = 0x9E3779B97F4A7C15  # odd, so that it has an inverse
_BLOCK = 1024  # values

Hashes = NDArray[np.uint64]
Places = NDArray[np.intp]


@dataclass(frozen=True)
class Tokens:
    """A text's tokens: Chinese characters and full-width marks, one each, and the pieces between white space.

    They are what the `longen` counter counts.

    Attributes:
        codes: the text's characters.
        kinds: of the characters, with a gap at either end; see `longhand.text.language`.
        starts: place of each token's first character.
        ends: place after each token's last character.
    """

    codes: NDArray[np.uint8] | NDArray[np.uint32]
    kinds: NDArray[np.uint8]
    starts: Places
    ends: Places

    @cached_property
    def hashes(self) -> Hashes:
        """Of each token: equal for equal tokens, of this text or another."""
        values = _ASCII[self.codes] if self.codes.itemsize == 1 else _mixed(self.codes)
        return _mixed(_spans(values, self.starts, self.ends))

    @cached_property
    def runs(self) -> Hashes:
        """The hash of every run of 13 tokens, in order; none where there are fewer."""
        return runs_of(self.hashes)


def tokens_of(text: str) -> Tokens:
    """The tokens of a text, in order."""
    codes = codes_of(text)
    kinds = kinds_of(codes)
    gaps, wide = kinds & GAP != 0, kinds[1:-1] & WIDE != 0
    starts = np.flatnonzero(wide | (gaps[:-2] > gaps[1:-1]))
    ends = np.flatnonzero(wide | (gaps[1:-1] < gaps[2:])) + 1
    return Tokens(codes, kinds, starts, ends)


def runs_of(hashes: Hashes, length: int = NGRAM) -> Hashes:
    """The hash of every run of so many tokens, from the tokens' hashes."""
    first = np.arange(max(0, hashes.size - length + 1))
    return _spans(hashes, first, first + length)


def repeated(runs: Hashes) -> int:
    """How many runs stood before."""
    ordered = np.sort(runs)
    return int(np.count_nonzero(ordered[1:] == ordered[:-1]))


def repeated_share(text: str | Tokens) -> float:
    """The share of a text's runs of 13 tokens that stood in it before; 0 for a text that is shorter."""
    runs = (tokens_of(text) if isinstance(text, str) else text).runs
    return repeated(runs) / max(1, runs.size)


def overlap(one: str, other: str) -> float:
    """The share of the smaller text's distinct runs of 13 tokens that stand in the other text; 0 without any."""
    a, b = (np.unique(tokens_of(text).runs) for text in (one, other))
    return np.intersect1d(a, b, assume_unique=True).size / max(1, min(a.size, b.size))


def _mixed(values: NDArray[np.unsignedinteger]) -> Hashes:
    """Spreads values over 64 bits, one to one (the finalizer of SplitMix64)."""
    mixed = values.astype(np.uint64)
    mixed += np.uint64(_BASE)  # so that none of few bits, 0 included, stays so
    mixed ^= mixed >> np.uint64(30)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return mixed


_ASCII = _mixed(np.arange(128, dtype=np.uint8))


def _spans(values: Hashes, starts: Places, ends: Places) -> Hashes:
    """The hash of each span of values: the polynomial that they are, modulo 2**64, by prefix sums."""
    blocks = -(-values.size // _BLOCK)
    sums = np.zeros(1 + blocks * _BLOCK, np.uint64)
    sums[1 : 1 + values.size] = values
    grid = sums[1:].reshape(blocks, _BLOCK)  # a view
    grid *= _powers(_BASE, _BLOCK)
    grid *= _powers(pow(_BASE, _BLOCK, 2**64), blocks)[:, None]
    np.cumsum(sums, out=sums)
    inverse = pow(_BASE, -1, 2**64)
    shift = _powers(inverse, _BLOCK)[starts % _BLOCK]
    shift *= _powers(pow(inverse, _BLOCK, 2**64), blocks)[starts // _BLOCK]
    return (sums[ends] - sums[starts]) * shift


@lru_cache(64)
def _powers(base: int, n: int) -> Hashes:
    """`base` to the powers of 0 to n - 1, modulo 2**64."""
    powers = np.full(n, base, np.uint64)
    powers[:1] = 1
    return np.cumprod(powers)
