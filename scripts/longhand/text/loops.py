"""Loops: where a text stops saying anything new and goes round in circles.

A loop is a stretch of text in which nine of ten runs of 13 tokens stood before, from its start up to any place in it,
and that says what it says over and over: at least five times over in at least 100 tokens, three times in 150 or twice
in 500. The passage's first time is not of the stretch: a sentence of 20 words is a loop when it stands there six
times, a passage of 60 words when four times, one of 300 words when three times. A refrain between verses, a table's
header, clauses between new ones are none, nor is a long text that is said once more.

A text is read twice. The second time all numbers are taken for the same one, so that `Chapter 17 …`, `Chapter 18 …` is
a loop where the rest is equal; such a stretch must have at least three words to a number, or tables would be loops.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from longhand.text.language import NUMERAL, WORD
from longhand.text.repetition import NGRAM, Hashes, Places, Tokens, repeated, runs_of

LEAST = ((100, 5), (150, 3), (500, 2))
"""A loop's tokens, and how many times over they say the same."""
NEW = 9  # repeated runs that make up for one new run
WORDS = 3  # to a number, where numbers are taken for the same
LONG, PIECE = 200, 4  # characters; a longer token (`!!!!!…`) is read as pieces
_REACHES = (64, 512, 4096)  # runs; what recurs within them is looked at before all that recurs
_NUMBER = np.uint64(0)


def loop_onset(tokens: Tokens) -> int | None:
    """How many tokens stand before the first loop; None where there is no loop."""
    tokens, whole = _pieces(tokens)
    onsets = [int(whole[start]) for start, _ in _loops(tokens.runs)]
    numbers = _numbers(tokens)
    if numbers.any():
        kept = np.flatnonzero(~(numbers & np.append(False, numbers[:-1])))  # 二十 and 二十一 are one number each
        for start, end in _loops(runs_of(np.where(numbers, _NUMBER, tokens.hashes)[kept])):
            passage = kept[start:end]
            words = np.count_nonzero(_words(tokens)[passage] & ~numbers[passage])
            if words >= WORDS * np.count_nonzero(numbers[passage]):
                onsets.append(int(whole[kept[start]]))
    return min(onsets, default=None)


def _loops(runs: Hashes) -> Iterator[tuple[int, int]]:
    """The loops among runs of tokens, as their first token and the one after their last."""
    least = min(tokens for tokens, _ in LEAST) - NGRAM + 1
    if repeated(runs) < least * NEW / (NEW + 1):
        return
    before = _before(runs)
    distance = np.arange(runs.size) - before
    known = 0
    for reach in (*_REACHES, runs.size):
        recurs = (before >= 0) & (distance <= reach)
        if (many := int(np.count_nonzero(recurs))) == known:
            continue  # the same ones as within the shorter reach
        known = many
        for start, end in _stretches(recurs, least):
            length = end - start + NGRAM - 1
            distinct = np.count_nonzero(before[start:end] < start)
            if any(length >= tokens and length >= times * distinct for tokens, times in LEAST):
                yield start, start + length


def _before(runs: Hashes) -> Places:
    """For each run the place of the last equal one before it, -1 without one.

    The place takes the hash's lowest bits, so that one sort does: a chance equal in many texts, and no loop for that.
    """
    low = np.uint64((1 << runs.size.bit_length()) - 1)
    ordered = np.sort((runs & ~low) | np.arange(runs.size, dtype=np.uint64))  # by hash, then by place
    places = (ordered & low).astype(np.intp)
    again = ordered[1:] ^ ordered[:-1] <= low
    before = np.full(runs.size, -1)
    before[places[1:][again]] = places[:-1][again]
    return before


def _stretches(recurs: NDArray[np.bool_], least: int) -> Iterator[tuple[int, int]]:
    """Where `least` runs or more recur, but for one in ten.

    From where the balance of old and new leaves zero to where it is highest, as their first run and the one after.
    """
    total = np.append(0, np.cumsum(np.where(recurs, 1, -NEW)))
    balance = total - np.minimum.accumulate(total)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], balance > 0, [False])))).reshape(-1, 2)
    for start, end in edges[edges[:, 1] - edges[:, 0] >= least]:
        yield int(start) - 1, int(start + np.argmax(balance[start:end]))


def _pieces(tokens: Tokens) -> tuple[Tokens, Places]:
    """The tokens, long ones cut up, and of which token each is."""
    sizes = tokens.ends - tokens.starts
    if sizes.max(initial=0) <= LONG:
        return tokens, np.arange(sizes.size)
    number = np.where(sizes > LONG, -(-sizes // PIECE), 1)
    whole = np.repeat(np.arange(sizes.size), number)
    nth = np.arange(whole.size) - np.repeat(np.cumsum(number) - number, number)
    starts = tokens.starts[whole] + nth * PIECE
    ends = np.where(sizes[whole] > LONG, np.minimum(starts + PIECE, tokens.ends[whole]), tokens.ends[whole])
    return replace(tokens, starts=starts, ends=ends), whole


def _numbers(tokens: Tokens) -> NDArray[np.bool_]:
    """Which tokens have a digit or a numeral in them."""
    numbers = np.zeros(tokens.starts.size, bool)
    numerals = np.flatnonzero(tokens.kinds[1:-1] & NUMERAL)
    numbers[np.searchsorted(tokens.starts, numerals, side="right") - 1] = True
    return numbers


def _words(tokens: Tokens) -> NDArray[np.bool_]:
    """Which tokens have a letter or a digit in them; white space behind a token adds nothing."""
    words: NDArray[np.bool_] = np.bitwise_or.reduceat(tokens.kinds[1:], tokens.starts) & WORD != 0
    return words
