"""Words of a text, as the page makes them of a query: by one pattern that Python and JavaScript read alike.

The pattern names ranges of characters instead of asking for letters, since browsers and Pythons know different
versions of Unicode.
"""

from __future__ import annotations

import re
import unicodedata
import zlib

LONGEST = 40
"""Characters of a word that count."""

# Scripts without blanks between words: Thai to Burmese, Khmer, Korean, Chinese and Japanese.
_UNSPACED = (
    r"\u0e01-\u0e3a\u0e40-\u0e4e\u0e80-\u0f00\u1000-\u1049\u1050-\u109f\u1100-\u11ff\u1780-\u17d3\u3005-\u3007"
    r"\u3041-\u30fa\u30fc-\u318f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff"
    r"\uf900-\ufaff" + chr(0x20000) + "-" + chr(0x3FFFF)
)
# Letters, digits and accents of the other scripts. The gaps are the marks of those that are much written.
_SPACED = (
    r"0-9a-z\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02c1\u0300-\u037d\u037f\u0386\u0388-\u0559"
    r"\u0560-\u0588\u0591-\u05bd\u05bf\u05c1-\u05c2\u05c4-\u05f2\u0610-\u061a\u0620-\u0669\u066e-\u06d3"
    r"\u06d5-\u06ff\u0710-\u0963\u0966-\u0df3\u0e50-\u0e59\u0f18-\u0fff\u10a0-\u10fa\u10fc-\u10ff\u1200-\u135f"
    r"\u1369-\u177f\u17e0-\u1fbc\u1fbe\u1fc2-\u1fcc\u1fd0-\u1fdc\u1fe0-\u1fec\u1ff2-\u1ffc\u2c00-\u2dff"
    r"\ua000-\ua95f\ua980-\uabff"
)
PATTERN = f"([{_UNSPACED}]+)|[{_SPACED}]+"
"""A run of characters without blanks between words, or a word."""
_RUN, _WORD = re.compile(f"[{_UNSPACED}]+"), re.compile(f"[{_SPACED}]+")


def words_of(text: str) -> set[str]:
    """The words of a text; see `longhand.browse`."""
    # In whole texts a small sigma has two forms, and which is which Pythons and browsers need not tell alike.
    plain = unicodedata.normalize("NFKC", text).lower().replace("\u03c2", "\u03c3")
    # No character is of both kinds: to look for one after the other takes a third of the time.
    words = {word[:LONGEST] for word in set(_WORD.findall(plain))}
    for run in set(_RUN.findall(plain)):
        words.update(run, map("".join, zip(run, run[1:], strict=False)))
    return words


def place(word: str, files: int) -> int:
    """Which of so many files of an index a word stands in."""
    return digest(word) * files >> 32


def digest(word: str) -> int:
    """32 bits of a word, the same in JavaScript."""
    return zlib.crc32(word.encode())
