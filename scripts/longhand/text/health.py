"""The health of a text: does it repeat itself, go round in circles, break off, or speak another language?

These are flags for a reader and no scores: a prompt may well ask for a translation, a refrain or a bare list.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

import numpy as np

from longhand.text.language import FOREIGN, KANA, count_kinds
from longhand.text.loops import loop_onset
from longhand.text.repetition import Tokens, repeated_share, tokens_of

TAIL = 2000  # characters of a text in which its ending is looked for
SAYING = 20  # words that a text must have, or its language is not judged
_LETTERS = 3  # of other scripts, for a word: Korean ones are short

_STOPS = frozenset(".!?…。．｡！？‽⋯～؟۔।॥")
_FENCE = re.compile(r"[ >]*(`{3,}|~{3,})([^\n]*)")
_RULE = re.compile(r"\s*([-*_=])(?:\s*\1){2,}\s*")
_HEADING = re.compile(r"\s*#{1,6}(?:\s|$)")
_ITEM = re.compile(r"\s*(?:[-*+•·]\s|\d{1,3}[.)]\s|\d{1,3}[、．）]|[一二三四五六七八九十]{1,3}、)\s*(.*)")
_BARE = re.compile(r"\s*(?:[-*+•·>]|\d{1,3}[.)、．）]|[一二三四五六七八九十]{1,3}、)\s*")
_FAREWELLS = frozenset(("the end", "end", "fin", "完", "全文完", "全书完", "全剧终", "剧终", "终"))


class Health(NamedTuple):
    """What is noted of a text.

    Attributes:
        repeated_13gram_share: share, 0-1, of its runs of 13 tokens that stood in it before; 0 for a shorter text.
        loop_onset: words by the `longen` counter before the first loop (`longhand.text.loops`); None without one.
        closed: it does not look cut off (`is_closed`).
        other_language: it is clearly in another language than its prompt (`in_other_language`).
    """

    repeated_13gram_share: float
    loop_onset: int | None
    closed: bool
    other_language: bool


def health(text: str, language: str) -> Health:
    """The health of a text; an empty one repeats nothing and is not closed.

    Args:
        text: of the response.
        language: of its prompt, `en` or `zh`.
    """
    tokens = tokens_of(text)
    return Health(repeated_share(tokens), loop_onset(tokens), is_closed(text), in_other_language(tokens, language))


def in_other_language(tokens: Tokens, language: str) -> bool:
    """Whether under a third of a text is in `language`: `en` or `zh`.

    Chinese characters, kana, English words and every three letters of other scripts count one each. Chinese characters
    beside at least half as many kana are Japanese. All languages in Latin letters count as English: so do they where
    prompts are told apart. False where fewer than 20 are there to judge by.
    """
    counts = count_kinds(tokens.kinds)
    kana = np.count_nonzero(tokens.kinds & KANA)
    other = kana + np.count_nonzero(tokens.kinds & FOREIGN) / _LETTERS
    japanese = 2 * kana > counts.cjk
    in_language = counts.english_words if language == "en" else 0 if japanese else counts.cjk
    total = counts.english_words + counts.cjk + other
    return bool(total >= SAYING and 3 * in_language < total)


def is_closed(text: str) -> bool:
    """Whether a text looks finished.

    It does where it ends in a full stop, question or exclamation mark, an ellipsis or a closing bracket or quotation
    mark, whatever white space, emphasis, emoji or rule follows; in a whole block of code or row of a table; in words
    such as `The End`; and in a list's item that ends as openly as the one before it. It does not where a block of code
    is still open, nor at a heading, a bare list mark or a quotation mark that opens.
    """
    text = text.rstrip()
    if "```" in text or "~~~" in text:
        fenced, closing = _fences(text)
        if fenced or closing:
            return not fenced
    lines = [line for line in text[-TAIL:].split("\n") if line.strip()]
    while lines and _RULE.fullmatch(lines[-1]):
        lines.pop()
    if not lines:
        return False
    last = lines[-1].strip()
    if re.sub(r"[\W_]+", " ", last).strip().casefold() in _FAREWELLS:
        return True
    if _HEADING.match(last) or _BARE.fullmatch(last):
        return False
    if last[0] == last[-1] == "|" or _ends(last):
        return True
    return len(lines) > 1 and _open_item(last) and _open_item(lines[-2])


def _ends(line: str) -> bool:
    """Whether a line ends in a closing mark, behind which emphasis, emoji and white space may stand."""
    for place in range(len(line) - 1, -1, -1):
        mark = line[place]
        if mark in "\"'`>*_~":
            if place == 0 or line[place - 1].isspace():
                return False  # it opens what is to come
            if mark in "\"'`>":
                return True
        elif mark in _STOPS or unicodedata.category(mark) in ("Pe", "Pf"):
            return True
        elif not mark.isspace() and unicodedata.category(mark) not in ("So", "Sk", "Cf", "Mn", "Me"):
            return False
    return False


def _open_item(line: str) -> bool:
    """Whether a line is a list's item that ends in a letter or digit."""
    item = _ITEM.fullmatch(line)
    return bool(item and item[1].rstrip(" \t\r*_`")[-1:].isalnum())


def _fences(text: str) -> tuple[bool, bool]:
    """Whether a text ends within a block of code, and whether its last line closes one."""
    opened, closing = "", False
    for line in text.split("\n"):
        fence, closing = _FENCE.match(line), False
        if not fence:
            continue
        if not opened:
            opened = fence[1] if "`" not in fence[2] else ""  # ```so``` stands in a line
        elif fence[1].startswith(opened) and not fence[2].strip():
            opened, closing = "", True
    return bool(opened), closing
