"""Finds where a judge's reply names a dimension, and the value that stands there.

Three forms are known: JSON objects anywhere in the reply, what is nearly JSON, and lines or tables. Nothing is
repaired: every value is a piece of the reply. The time is linear in the length of the reply, whatever it holds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

Names = Mapping[str, str]
"""How a dimension may be spelled, as name_key(), to its name."""

MAX_NAME = 80
"""Characters that the name of a dimension may have."""

MAX_BROKEN = 1000
"""Broken JSON objects to try in a reply: each costs a pass over the text before it, as Python counts its lines."""

# NaN and Infinity become null. Objects become tuples of (key, value): a dict would hide that a key stands there twice.
DECODER = json.JSONDecoder(parse_int=float, parse_constant=lambda _: None, object_pairs_hook=tuple, strict=False)

ASCII = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}
"""For str.translate: fullwidth forms and typographic quotes to ASCII, one character for one."""
ASCII |= {ord(odd): ord(plain) for odd, plain in zip("“”„‘’\u3000\xa0。、−", '"""\'\'  ;,-', strict=True)}

_SCORE_WORDS = frozenset(
    "score scores rating ratings point points value grade mark 分 得分 评分 分数 打分 分值".split()
)


class Mention(NamedTuple):
    """A dimension named in the reply.

    Attributes:
        start: where the line, the object or the key begins.
        end: where the value ends.
        dimension: its name in the rubric.
        value: what stands there: text, a number, None, a list, or an object as a tuple of (key, value).
        path: the keys of the objects around it.
    """

    start: int
    end: int
    dimension: str
    value: Any
    path: str = ""


def find_mentions(text: str, names: Names) -> tuple[list[Mention], str]:
    """All mentions in order, and the text with blanks in place of each intact JSON object."""
    objects = list(_objects(text))
    rest, at = [], 0
    for start, end, _ in objects:
        rest += [text[at:start], "\0" * (end - start)]
        at = end
    prose = "".join([*rest, text[at:]]).translate(ASCII)
    brace = prose.find("{") if "{" in prose else len(prose)
    mentions = [mention for start, end, value in objects for mention in _in_object(value, start, end, names)]
    mentions += _in_lines(prose[:brace], names)
    mentions += _in_broken_object(prose, brace, names, {start: value for start, _, value in objects})
    return sorted(mentions, key=lambda mention: mention.start), prose


# --- names


def spellings(dimensions: Mapping[str, Sequence[str]], scale: tuple[float, float]) -> Names:
    """The names by which find_mentions() knows the dimensions: "Clarity", also as "Clarity (1-5)" or "Clarity (/5)"."""
    tails = ("", f" {scale[1]:g}", f" {scale[0]:g} {scale[1]:g}")
    return {
        name_key(spelling + tail): name
        for name, aliases in dimensions.items()
        for spelling in (*aliases, name)
        for tail in tails
    }


@lru_cache(maxsize=4096)
def name_key(text: str) -> str:
    """The words of a name, without order, case, "and", numbering, remarks in brackets, and "score" around it."""
    text = text.translate(ASCII)
    text = re.sub(r"\([^()\d]*\)|\[[^\[\]\d]*\]", " ", text).strip() or text
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).casefold()
    text = re.sub(r"(?<=\w\w)(?:评分|得分|分数|打分|分)\W*$", "", text)
    words = [word for word in re.findall(r"[^\W_]+", re.sub("[与和及]", " ", text)) if word != "and"]
    while len(words) > 1 and (words[0].isdigit() or words[0] in _SCORE_WORDS):
        words.pop(0)
    while len(words) > 1 and words[-1] in _SCORE_WORDS:
        words.pop()
    return " ".join(sorted(words))


def _named(text: str, names: Names) -> str | None:
    """The dimension whose name the text is."""
    return names.get(name_key(text)) if len(text) <= MAX_NAME else None


def is_score_word(text: str) -> bool:
    """Whether a key says that its value is a score, whatever of."""
    return len(text) <= MAX_NAME and name_key(text) in _SCORE_WORDS


# --- JSON


def _objects(text: str) -> Iterator[tuple[int, int, Any]]:
    """The intact JSON objects in the text, the outermost ones: start, end and value."""
    opening, at, broken = re.compile(r'\{\s*["}]'), 0, 0
    while broken < MAX_BROKEN and (found := opening.search(text, at)):
        try:
            value, at = DECODER.raw_decode(text, found.start())
            yield found.start(), at, value
        except json.JSONDecodeError as e:
            at, broken = max(e.pos, found.start() + 1), broken + 1


def _in_object(value: Any, start: int, end: int, names: Names, path: str = "") -> Iterator[Mention]:
    """The mentions in a JSON value: {"Clarity": 4} or {"criterion": "Clarity", "score": 4}, at any depth."""
    if isinstance(value, list):
        for item in value:
            yield from _in_object(item, start, end, names, path)
    elif isinstance(value, tuple):
        titles = [name for _, item in value if isinstance(item, str) and (name := _named(item, names))]
        if len(titles) == 1 and any(is_score_word(key) for key, _ in value):
            yield Mention(start, end, titles[0], value, path)
            return
        for key, item in value:
            if name := _named(key, names):
                yield Mention(start, end, name, item, path)
            else:
                yield from _in_object(item, start, end, names, f"{path} {key[:40]}"[-100:].replace("_", " "))


# --- nearly JSON

_KEY = re.compile(
    r"""(?: "([^"\n]{1,60})" | '([^'\n]{1,60})' | (?<=[{,\n]) [ \t]{0,40} ["']? (\w[\w &/()-]{0,60}?) ["']? )
        \s{0,20} (?: [:=]{1,2}>? | (?<=["'])(?=\ ?\d) ) \s{0,20}""",
    re.VERBOSE,
)
_SHORT_VALUE = re.compile(
    r"""" ([^"\n]{0,400}) " (?=\s*[,}\]"]|\s*\Z|\n) | ' ([^'\n]{0,400}) ' (?=\s*[,}\]']|\s*\Z|\n)
        | (\[ [^\[\]]{0,400} \]) | ([^"',\[{}\]\n]{0,400})""",
    re.VERBOSE,
)
# The quote that ends a text has the next key behind it, or the end of the object; others are quotes within the text.
_LAST_QUOTE = r"""(?<!\\) {0} (?= \s* (?: , \s* (?: ["']? \w [^"'\n:=,{{}}]{{0,60}} ["']? \s{{0,20}} [:=] | [\]}}] )
    | {0} [^"'\n]{{1,60}} {0} \s? : | [\]}}] \s* (?: [,\]}}`<] | \n | \Z ) | \Z ) )"""
_LAST_QUOTES = {quote: re.compile(_LAST_QUOTE.format(quote), re.VERBOSE) for quote in "\"'"}
_NEXT_KEY = re.compile(r""",(?=\s*(?:"[^"\n]{1,60}"|'[^'\n]{1,60}')\s?:)""")


def _in_broken_object(text: str, at: int, names: Names, inside: Mapping[int, Any]) -> Iterator[Mention]:
    """The mentions in what is nearly JSON: single quotes, no quotes, quotes within quotes, no end.

    Args:
        at: where to start.
        inside: the intact objects in the text, by where they start; the text has blanks in their place.
    """
    title = None  # the dimension that a "score" to come belongs to
    last_quotes = dict(_LAST_QUOTES)
    while found := _KEY.search(text, at):
        key, at = found[1] or found[2] or found[3], found.end()
        name = _named(key, names) or (title if is_score_word(key) else None)
        value, at = (inside[at], at) if at in inside else _loose_value(text, at, bool(name), last_quotes)
        if name:
            title = name if value == "" else None  # nothing: a broken object starts, and its score comes next
            if value != "":
                yield Mention(found.start(), at, name, value)
        elif isinstance(value, str):
            title = _named(value, names) or title


def _loose_value(text: str, at: int, is_score: bool, last_quotes: dict[str, re.Pattern[str]]) -> tuple[Any, int]:
    """The value that starts there, and where it ends.

    A number that the end of the reply may have cut has "…" added, after a point if the numbers before it have decimals.
    """
    short = _SHORT_VALUE.match(text, at)
    assert short  # it may be empty
    if text[at : at + 1] in last_quotes and not (is_score and short[0]):
        last = last_quotes[text[at]].search(text, at + 1)
        if not last:
            del last_quotes[text[at]]  # there is none further on either
            last = _NEXT_KEY.search(text, at) if re.search(r"\}[\s`]*\Z", text[-20:]) else None
        return (text[at + 1 : last.start()], last.end()) if last else (None, len(text))
    value = next(group for group in short.groups() if group is not None)
    if short[3]:
        return value[1:-1].split(","), short.end()
    if short[4] and short.end() == len(text) and not text[-1].isspace():
        value += ".…" if re.search(r"\d\.\d", text[max(0, at - 400) : at]) else "…"
    return value, short.end()


# --- lines

_LINE_MARK = re.compile(r"[:=>]|\s[-–—]+>?\s|\s?→\s?|\s(?=\d|\(\d[^()]{0,20}\)\W{0,5}$)")
_SCORE_LINE = re.compile(r"\W*(?:score|rating|得分|评分|分数)\W*\d|\W*\d[\d./\s]*$", re.IGNORECASE)


def _in_lines(text: str, names: Names) -> Iterator[Mention]:
    """The mentions in lines ("- **Clarity**: 4 (good)"), in tables, and below headings ("## Clarity", "Score: 4")."""
    end, heading = 0, None
    for line in text.splitlines(keepends=True):
        start, end = end, end + len(line)
        if not (line := re.sub("[*`]", "", line).strip()):
            continue
        found = list(_in_line(line, names))
        if not found and heading and _SCORE_LINE.match(line):
            found = [(heading, line)]
        yield from (Mention(start, end, name, value) for name, value in found if value)
        heading = _named(line, names) or (None if found else heading)


def _in_line(line: str, names: Names) -> Iterator[tuple[str, Any]]:
    cells = [cell.strip() for cell in line.split("|")]
    for i, cell in enumerate(cells[:-1]):
        if name := _named(cell, names):
            yield name, cells[i + 1 :]
            return
    current, value = None, ""
    for part in re.split(r"(?<=[,;])", line):
        start = 0
        for mark in _LINE_MARK.finditer(part):
            if mark.start() - start <= MAX_NAME and (name := _named(part[start : mark.start()], names)):
                if current:
                    yield current, value
                current, value = name, part[mark.end() :]
                break
            start = mark.end() if mark[0] in ":=" else start
        else:
            value += part
    if current:
        yield current, value
