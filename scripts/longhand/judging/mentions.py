"""Finds where a judge's reply names a dimension, and the value that stands there.

Three forms are known: JSON objects anywhere in the reply, what is nearly JSON, and lines or tables. Nothing is
repaired: every value is a piece of the reply. The time is linear in the length of the reply, whatever it holds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from longhand.judging.dimension_names import (
    ASCII,
    Names,
    is_number_word,
    is_reason_word,
    is_score_word,
    named,
    titled,
)
from longhand.judging.score_lines import Mention, in_lines

MAX_BROKEN = 1000
"""Broken JSON objects to try in a reply: each costs a pass over the text before it, as Python counts its lines."""

MAX_COMMENTS = 200
"""Comments in JSON, and broken objects, to pass over: each costs a pass over its object."""

# NaN and Infinity become null. Objects become tuples of (key, value): a dict would hide that a key stands there twice.
DECODER = json.JSONDecoder(parse_int=float, parse_constant=lambda _: None, object_pairs_hook=tuple, strict=False)


def find_mentions(text: str, names: Names) -> tuple[list[Mention], str]:
    """All mentions in order, and the text with blanks in place of each intact JSON object."""
    text = _without_comments(text)
    objects = list(find_objects(text))
    rest, at = [], 0
    for start, end, _ in objects:
        rest += [text[at:start], "\0" * (end - start)]
        at = end
    prose = "".join([*rest, text[at:]]).translate(ASCII)
    brace = prose.find("{") if "{" in prose else len(prose)
    mentions = [mention for start, end, value in objects for mention in _in_object(text, start, end, value, names)]
    mentions += in_lines(prose[:brace], names)
    mentions += _in_broken_object(prose, brace, names, {start: value for start, _, value in objects})
    return sorted(mentions, key=lambda mention: mention.start), prose


# --- JSON


_OPENING = re.compile(r'\{\s*(?=["}/#])')
_COMMENT = re.compile(r"//[^\n]*|#[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)


def find_objects(text: str) -> Iterator[tuple[int, int, Any]]:
    """The intact JSON objects in the text, the outermost ones: start, end and value."""
    at, broken = 0, 0
    while broken < MAX_BROKEN and (opening := _OPENING.search(text, at)):
        try:
            value, at = DECODER.raw_decode(text, opening.start())
            yield opening.start(), at, value
        except json.JSONDecodeError as e:
            at, broken = max(e.pos, opening.end()), broken + 1


def _without_comments(text: str) -> str:
    """The text with blanks for the comments in JSON objects: what stands where the decoder stops, so in no string."""
    at, comments = 0, 0
    while comments < MAX_COMMENTS and (opening := _OPENING.search(text, at)):
        try:
            _, at = DECODER.raw_decode(text, opening.start())
        except json.JSONDecodeError as e:
            at = max(e.pos, opening.end())
            if comment := _COMMENT.match(text, e.pos):
                text = text[: comment.start()] + " " * len(comment[0]) + text[comment.end() :]
                at = opening.start()
            comments += 1
    return text


def _in_object(text: str, start: int, end: int, value: Any, names: Names) -> list[Mention]:
    """The mentions in an intact object."""
    values, after = list(_in_value(value, names)), _behind(value, names)
    return [Mention(start, end, name, item, text[start:end], after, path) for name, item, path in values]


def _behind(value: Any, names: Names) -> str:
    """The texts in a JSON value that stand behind the last dimension."""
    texts: list[str] = []

    def walk(part: Any) -> None:
        if isinstance(part, str):
            if named(part, names):
                texts.clear()
            texts.append(part)
        for item in part if isinstance(part, list) else ():
            walk(item)
        for key, item in part if isinstance(part, tuple) else ():
            if named(key, names):
                texts.clear()
            walk(item)

    walk(value)
    return "\n".join(texts)


def _in_value(value: Any, names: Names, path: str = "") -> Iterator[tuple[str, Any, str]]:
    """The dimensions in a JSON value, {"Clarity": 4} or {"criterion": "Clarity", "score": 4}, at any depth: the name,
    what stands there, and the keys around it."""
    if isinstance(value, list):
        for item in value:
            yield from _in_value(item, names, path)
    elif isinstance(value, tuple):
        titles = _titles(value, names)
        if titles and any(is_score_word(key) for key, _ in value):
            if len(titles) == 1:
                yield titles.pop(), value, path
            return
        for key, item in value:
            if name := named(key, names):
                yield name, item, path
            else:
                yield from _in_value(item, names, f"{path} {key[:40]}"[-100:].replace("_", " "))


def _titles(value: tuple[tuple[str, Any], ...], names: Names) -> set[str]:
    """The dimensions that an object names as what it is about: {"criterion": "Clarity", …}, {"number": 2, …}."""
    # Of an item, the score "0.5" is not the title of item 5, nor a reason that of the item that it is about.
    texts = [item for key, item in value if isinstance(item, str) and not ("1" in names and _is_value(key))]
    titles = {name for item in texts if (name := titled(item, names))}
    if "1" in names:
        numbers = [item for key, item in value if is_number_word(key)]
        titles |= {f"{item:g}" for item in numbers if isinstance(item, float)}
        titles |= {name for item in numbers if isinstance(item, str) and (name := named(item, names))}
    return titles


def _is_value(key: str) -> bool:
    """Whether a key of an item's object has its score or the reason for it."""
    return is_score_word(key) or is_reason_word(key)


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
    while match := _KEY.search(text, at):
        key, at = match[1] or match[2] or match[3], match.end()
        name = named(key, names) or (title if is_score_word(key) else None)
        value, at = (inside[at], at) if at in inside else _loose_value(text, at, bool(name), last_quotes)
        if name:
            title = name if value == "" else None  # nothing: a broken object starts, and its score comes next
            if value != "":
                after = value if isinstance(value, str) else ""
                yield Mention(match.start(), at, name, value, text[match.start() : at], after)
        elif isinstance(value, str):
            title = named(value, names) or title


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
