"""Long texts in chunks of a number of tokens: of a named tokenizer, or of a light one that is always there.

A chunk is a range of characters, so no character is ever broken, as it is where tokens are turned back into text.

The light tokenizer needs no file. A word of Latin script is one token up to six letters and 0.2 for each further one; a
digit is 1, a punctuation mark 0.75, a Chinese or Japanese character 0.75, a letter of another script 0.5, any other
character 1, line breaks in a row 0.8, further white space 0.05 each. On English and Chinese prose and on Markdown it
counts within 25% of a byte-pair tokenizer of 131,000 tokens, on English prose within 12%.
"""

from __future__ import annotations

import functools
import os
import stat
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from longhand.program.errors import LonghandError
from longhand.text.language import CJK, FOREIGN, GAP, KANA, NUMERAL, WORD, codes_of, kinds_of

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Span = tuple[int, int]
"""Where a part of a text starts and ends, in characters."""

# Of the light tokenizer, in twentieths of a token.
_TOKEN = 20
_LETTER, _MARK, _WIDE, _FOREIGN, _LINES, _SPACE = 4, 15, 15, 10, 16, 1
_SHORT = 6  # letters of a word that are one token
_BEYOND_LATIN = 0x2E80  # code point: letters from here on stand alone
_JOINER = "\u200d"
_NAME = "tokenizer.json"


def cut(text: str, size: int, tokenizer: str | None = None) -> list[Span]:
    """The ranges of consecutive chunks that cover a text, each as long as it can be.

    A chunk ends between two words where it holds a whole one, and before no combining mark.

    Args:
        text: none gives no chunks.
        size: most tokens of a chunk. A single character may have more.
        tokenizer: a tokenizer.json, or a folder with one; None: the light tokenizer of this module.

    Raises:
        LonghandError: there is no tokenizer of that name, or none that can be read.
    """
    if not text:
        return []
    if tokenizer is None:
        return _cut_lightly(text, size)
    return _ranges(text, _starts(text, size, token_spans(text, str(tokenizer_file(tokenizer)))))


def tokenizer_file(name: str) -> Path:
    """The tokenizer.json that is meant by its path, or by its folder's."""
    return Path(name, _NAME) if os.path.isdir(name) else Path(name)


def token_spans(text: str, path: str) -> list[Span]:
    """Which characters each token of a text is of. A character of several tokens is in all of their spans.

    Args:
        text: cut into tokens as it stands; none are added for a model.
        path: of a tokenizer.json.

    Raises:
        LonghandError: the tokenizer cannot be read.
    """
    whole = text.encode("utf-8", "replace").decode()  # half a surrogate pair becomes one question mark
    spans: list[Span] = loaded(path).encode(whole, add_special_tokens=False).offsets
    return spans


def loaded(path: str) -> Tokenizer:
    """The tokenizer of a file; read once by a process as long as the file stays as it is.

    Raises:
        LonghandError: it cannot be read.
    """
    fix = f"name a {_NAME}, or a folder with one"
    try:
        state = os.stat(path)
        if not stat.S_ISREG(state.st_mode):  # a pipe would be waited for
            raise LonghandError(f"{path} is no file", fix=fix)
        return _loaded(path, state.st_size, state.st_mtime_ns)
    except OSError as e:
        raise LonghandError(f"cannot read the tokenizer {path}: {e.strerror}", fix=fix) from e
    except LonghandError:
        raise
    except Exception as e:  # the library raises nothing narrower
        raise LonghandError(f"{path} is no tokenizer", fix=fix) from e


@functools.lru_cache(maxsize=4)
def _loaded(path: str, _: int, __: int) -> Tokenizer:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_str(Path(path).read_text(encoding="utf-8"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _starts(text: str, size: int, spans: Sequence[Span]) -> list[int]:
    """Where chunks of so many tokens start. Tokens that share a character stay together."""
    ends = np.maximum.accumulate(np.array([end for _, end in spans], np.int64))
    firsts = np.array([start for start, _ in spans], np.int64)
    between = np.flatnonzero(firsts[1:] >= ends[:-1]) + 1  # tokens that begin no earlier than all before them end
    starts, token = [0], 0
    while spans and token + size < len(spans):
        place = int(np.searchsorted(between, token + size, "right"))
        if place and between[place - 1] > token:
            token = int(between[place - 1])
        elif place < between.size:  # a character of more tokens than a chunk may have
            token = int(between[place])
        else:
            break
        starts.append(_unmarked(text, starts[-1], int(firsts[token])))
    return starts


def _cut_lightly(text: str, size: int) -> list[Span]:
    used, word_starts = _measured(text)
    starts, most_used = [0], size * _TOKEN
    while used[-1] - used[starts[-1]] > most_used:
        start = starts[-1]
        most = int(used.searchsorted(used[start] + most_used, "right")) - 1
        end = int(word_starts[word_starts.searchsorted(most, "right") - 1])
        starts.append(_unmarked(text, start, end if end > start else max(most, start + 1)))
    return _ranges(text, starts)


@functools.lru_cache(maxsize=1)
def _measured(text: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Twentieths of a token before each character and at the end; the characters that are not inside a Latin word.

    A text is mostly cut twice, into chunks and passages.
    """
    codes = codes_of(text)
    alone, classes = _tables(0x80 if codes.itemsize == 1 else 0x10000 if codes.max() < 0x10000 else 0x110000)
    weights, kind = alone.take(codes), classes.take(codes)
    again = kind[1:] == kind[:-1]
    inside = np.concatenate([[False], again & (kind[1:] == _LATIN)])
    np.putmask(weights, inside, 0)
    spaces = (kind[1:] == _GAP) & (kind[:-1] > _LATIN) | again & (kind[1:] == _LINE)  # after white space
    np.putmask(weights[1:], spaces, _SPACE)
    others = _sums(kind != _LATIN)  # than letters, before each character
    np.putmask(weights[_SHORT:], others[_SHORT + 1 :] == others[: -_SHORT - 1], _LETTER)  # six letters are before it
    return _sums(weights), np.flatnonzero(~inside)


def _sums(values: NDArray[Any]) -> NDArray[np.int64]:
    """Of the values before each place, and of all."""
    sums = np.zeros(values.size + 1, np.int64)
    np.cumsum(values, out=sums[1:])
    return sums


_LATIN, _GAP, _LINE = 1, 2, 3
"""Kinds of characters whose weight depends on what is before them: letters, white space, line breaks."""


@functools.cache
def _tables(size: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Of the first code points: what each weighs alone, and its kind."""
    codes = np.arange(size, dtype=np.uint32)
    kinds = kinds_of(codes)[1:-1]
    wide, word, foreign = kinds & (CJK | KANA) > 0, kinds & WORD > 0, kinds & FOREIGN > 0
    marks = (codes < _BEYOND_LATIN) | ((codes > 0x3000) & (codes < 0x3040)) | ((codes >= 0xFF00) & (codes < 0xFFF0))
    latin = word & ~wide & ~foreign & (kinds & NUMERAL == 0) & (codes < _BEYOND_LATIN)
    gap = (kinds & GAP > 0) & ~wide & (codes <= 0x3000)  # full-width marks part tokens, but are marks
    line = (codes == ord("\n")) | (codes == ord("\r"))
    alone = np.full(size, _TOKEN, np.uint8)  # digits, rare characters, emoji
    for chosen, weight in ((marks & ~word, _MARK), (gap, 0), (line, _LINES), (wide, _WIDE), (foreign, _FOREIGN)):
        alone[chosen] = weight
    return alone, np.select([line, gap, latin], [_LINE, _GAP, _LATIN], 0).astype(np.uint8)


def is_between_characters(text: str, place: int) -> bool:
    """Whether a text may be cut at a place: no combining mark stands there, and nothing joins what is on both sides."""
    return not unicodedata.category(text[place]).startswith("M") and _JOINER not in text[place - 1 : place + 1]


def _unmarked(text: str, start: int, end: int) -> int:
    """`end`, or the last place before it and after `start` that parts no character from its combining marks."""
    return next((place for place in range(end, start, -1) if is_between_characters(text, place)), end)


def _ranges(text: str, starts: list[int]) -> list[Span]:
    return list(zip(starts, [*starts[1:], len(text)], strict=True))
