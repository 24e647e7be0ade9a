"""Reads the reply of an LLM judge into one score per dimension, or says why it cannot.

A score is taken where a careful reader would take it without guessing, and nowhere else:

    reply -> answer, without reasoning -> mentions of dimensions, each with the value beside it
          -> readings, one number each -> one verdict

Mentions come from the JSON objects in the reply, from what is left of broken ones, and from lines and tables.
Nothing is repaired, so no number can be made up. Mentions that contradict each other make the reply unreadable,
unless words in it say which of them counts. Each step is linear in the length of the reply, whatever it holds.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

Names = Mapping[str, str]  # how a dimension may be spelled, as _key() -> its name
Scale = tuple[float, float]

UNCLEAR = math.nan
"""The reading of a value with numbers in it, but not one clear score: "3-4"."""

OTHER_SCALE = math.inf
"""The reading of a score that is given on another scale: "4/10" where scores go up to 5."""

MAX_NAME, MAX_SHOWN = 80, 80
"""Characters that the name of a dimension, and a quote in an error, may have."""

MAX_BROKEN = 1000
"""Broken JSON objects to try in a reply: each costs a pass over the text before it (Python counts the lines)."""


@dataclass(frozen=True)
class Verdict:
    """What a judge's reply says.

    Attributes:
        status: "ok"; "out_of_scale" if every dimension has a score, but not every score is on the scale; else "unparsed".
        scores: the score of each dimension, on the rubric's own scale; empty unless ok.
        error: why there are no scores, in one line; None if ok.
    """

    status: str
    scores: dict[str, float]
    error: str | None


def read_verdict(reply: str, dimensions: Mapping[str, Sequence[str]], scale: Scale) -> Verdict:
    """Reads the scores in a judge's reply.

    Args:
        reply: what the judge wrote.
        dimensions: the name of each dimension, with other names that a judge may use for it.
        scale: the lowest and the highest score.
    """
    names = {_key(spelling): name for name, aliases in dimensions.items() for spelling in (*aliases, name)}
    try:
        return _decide(_statements(_answer(reply), names, scale), list(dimensions), scale)
    except RecursionError:
        return Verdict("unparsed", {}, "the reply is nested too deeply")


# --- the answer, without the reasoning before it

_REASONING_END = re.compile(r"</(?:think|thinking|thought|reasoning)>", re.IGNORECASE)
_REASONING_START = re.compile(r"^[ \t]*<(?:think|thinking|thought|reasoning)>", re.IGNORECASE | re.MULTILINE)
_INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060"))

# NaN and Infinity become null. Objects become tuples of (key, value): a dict would hide that a key stands there twice.
_DECODER = json.JSONDecoder(parse_int=float, parse_constant=lambda _: None, object_pairs_hook=tuple, strict=False)


def _answer(reply: str) -> str:
    text = reply.translate(_INVISIBLE)
    try:
        whole = _DECODER.decode(text)
        if not isinstance(whole, str):
            return text  # a tag in valid JSON is a quote
        text = whole
    except json.JSONDecodeError:
        pass
    text = _REASONING_END.split(text)[-1]
    text = _REASONING_START.split(text)[0]  # if it never ends, all is reasoning
    return text if re.search(r'(?<!\\)"', text) else text.replace('\\"', '"')


# --- the names of dimensions

_SCORE_WORDS = frozenset(
    [
        "score",
        "scores",
        "rating",
        "ratings",
        "point",
        "points",
        "value",
        "grade",
        "mark",
        "分",
        "得分",
        "评分",
        "分数",
        "打分",
        "分值",
    ]
)
_TOP_WORDS = frozenset({"max", "maximum", "of out", "scale", "满分"})
_ASCII = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}  # fullwidth forms; all is one character for one
_ASCII |= {ord(odd): plain for odd, plain in zip("“”„‘’\u3000\xa0。、−", '"""\'\'  ;,-', strict=True)}


@lru_cache(maxsize=4096)
def _key(name: str) -> str:
    """The words of a name, without order, case, "and", numbering, remarks in brackets or a "score" at the end."""
    name = name.translate(_ASCII)
    name = re.sub(r"\([^()]*\)|\[[^\[\]]*\]", " ", name).strip() or name
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).casefold()
    name = re.sub(r"(?<=\w\w)(?:评分|得分|分数|打分|分)\W*$", "", name)
    words = [word for word in re.findall(r"[^\W_]+", re.sub("[与和及]", " ", name)) if word != "and"]
    while len(words) > 1 and words[0].isdigit():
        words.pop(0)
    while len(words) > 1 and words[-1] in _SCORE_WORDS:
        words.pop()
    return " ".join(sorted(words))


def _named(text: str, names: Names) -> str | None:
    """The dimension whose name the text is."""
    return names.get(_key(text)) if len(text) <= MAX_NAME else None


def _is_score_word(text: str) -> bool:
    return len(text) <= MAX_NAME and _key(text) in _SCORE_WORDS


# --- mentions: in JSON objects, in broken ones, in lines


class Mention(NamedTuple):
    """A dimension named in the reply, and the value that stands with it."""

    start: int
    end: int
    dimension: str
    value: Any
    path: str = ""  # the keys of the objects that it is in


def _objects(text: str) -> Iterator[tuple[int, int, Any]]:
    """The intact JSON objects in the text, the outermost ones, with where they start and end."""
    opening, at, broken = re.compile(r'\{\s*["}]'), 0, 0
    while broken < MAX_BROKEN and (found := opening.search(text, at)):
        try:
            value, at = _DECODER.raw_decode(text, found.start())
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
        if len(titles) == 1 and any(_is_score_word(key) for key, _ in value):
            yield Mention(start, end, titles[0], value, path)
            return
        for key, item in value:
            if name := _named(key, names):
                yield Mention(start, end, name, item, path)
            else:
                yield from _in_object(item, start, end, names, f"{path} {key[:40]}"[-100:].replace("_", " "))


_LOOSE_KEY = re.compile(
    r"""(?: "([^"\n]{1,60})" | '([^'\n]{1,60})' | (?<=[{,\n]) [ \t]{0,40} ["']? (\w[\w &/()-]{0,60}?) ["']? )
        \s{0,20} (?: [:=]{1,2}>? | (?<=["'])(?=\ ?\d) ) \s{0,20}""",
    re.VERBOSE,
)
_LOOSE_VALUE = re.compile(
    r"""" ([^"\n]{0,400}) " (?=\s*[,}\]"]|\s*\Z|\n) | ' ([^'\n]{0,400}) ' (?=\s*[,}\]']|\s*\Z|\n)
        | (\[ [^\[\]]{0,400} \]) | ([^"',\[{}\]\n]{0,400})""",
    re.VERBOSE,
)
# The quote that ends a text has the next key behind it, or the end of the object. Others are quotes in the text.
_LOOSE_END = r"""(?<!\\) {0} (?= \s* (?: , \s* (?: ["']? \w [^"'\n:=,{{}}]{{0,60}} ["']? \s{{0,20}} [:=] | [\]}}] )
    | {0} [^"'\n]{{1,60}} {0} \s? : | [\]}}] \s* (?: [,\]}}`<] | \n | \Z ) | \Z ) )"""
_LOOSE_ENDS = {quote: re.compile(_LOOSE_END.format(quote), re.VERBOSE) for quote in "\"'"}


def _in_broken_object(text: str, at: int, names: Names, inside: Mapping[int, Any]) -> Iterator[Mention]:
    """The mentions in what is nearly JSON: single quotes, no quotes, quotes within quotes, no end.

    Args:
        at: where to start.
        inside: the intact objects in the text, by where they start; the text has blanks in their place.
    """
    title = None  # the dimension that a "score" to come belongs to
    while found := _LOOSE_KEY.search(text, at):
        key, at = found[1] or found[2] or found[3], found.end()
        name = _named(key, names)
        if not name and title and _is_score_word(key):
            name, title = title, None
        value, at = (inside[at], at) if at in inside else _loose_value(text, at, bool(name))
        if name and value == "":
            title = name  # the value is a broken object: its score comes next
        elif name:
            yield Mention(found.start(), at, name, value)
        elif isinstance(value, str):
            title = _named(value, names) or title


def _loose_value(text: str, at: int, is_score: bool) -> tuple[Any, int]:
    """The value that starts there, and where it ends."""
    shape = _LOOSE_VALUE.match(text, at)
    assert shape  # it may be empty
    if text[at : at + 1] in _LOOSE_ENDS and not (is_score and shape[0]):
        ending = _LOOSE_ENDS[text[at]].search(text, at + 1)
        return (text[at + 1 : ending.start()], ending.end()) if ending else (None, len(text))
    value = next(group for group in shape.groups() if group is not None)
    if shape[3]:
        return value[1:-1].split(","), shape.end()
    may_go_on = shape[4] and shape.end() == len(text) and not text[-1].isspace()
    return value + "…" if may_go_on else value, shape.end()


_LINE_MARK = re.compile(r"[:=>]|\s[-–—]+>?\s|\s?→\s?|\s(?=\d|\(\d[^()]{0,20}\)\W{0,5}$)")
_SCORE_LINE = re.compile(r"\W*(?:score|rating|得分|评分|分数)\W*\d|\W*\d[\d./\s]*$", re.IGNORECASE)


def _in_lines(text: str, names: Names) -> Iterator[Mention]:
    """The mentions in lines ("- **Clarity**: 4 (good)"), in tables, and below headings ("## Clarity", "Score: 4")."""
    end, heading = 0, None
    for line in text.splitlines(keepends=True):
        start, end = end, end + len(line)
        line = re.sub("[*`]", "", line).strip()
        found = list(_in_line(line, names))
        if not found and heading and _SCORE_LINE.match(line):
            found = [(heading, line)]
        yield from (Mention(start, end, name, value) for name, value in found if value)
        if line:
            heading = _named(line, names)


def _in_line(line: str, names: Names) -> Iterator[tuple[str, Any]]:
    cells = [cell.strip() for cell in line.split("|")]
    for i, cell in enumerate(cells[:-1]):
        if name := _named(cell, names):
            yield name, cells[i + 1 :]
            return
    name, value = None, ""
    for part in re.split(r"(?<=[,;])", line):
        start = 0
        for mark in _LINE_MARK.finditer(part):
            if here := _named(part[start : mark.start()], names):
                if name:
                    yield name, value
                name, value = here, part[mark.end() :]
                break
            start = mark.end() if mark[0] in ":=" else start
        else:
            value += part
    if name:
        yield name, value


# --- readings: the one number that a value stands for

_WORDS = {
    word: n
    for words in (
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"],
        "一二三四五六七八九十",
    )
    for n, word in enumerate(words, 1)
} | {"两": 2}
_NUMBER = rf"[-+]?\d+(?:\.\d+)?|{'|'.join(_WORDS)}"
_UNIT = r"(?:\s*(?:points?|pts?|stars?|marks?|分|颗?星))?"
_SCORE = re.compile(
    rf"(?P<word>(?:score|rating|得分|评分|分数|打分)\s*[:=]?\s*)?(?P<score>{_NUMBER})(?P<percent>\s*%)?{_UNIT}"
    rf"(?:\s*\(?,?\s*(?:/|out of|of|满分)\s*(?P<top>{_NUMBER}){_UNIT}\)?)?(?P<remark>(?:\s*[(\[:;,.!<–—]|\s+-+\s).*)?",
    re.DOTALL,
)
_HEDGE = re.compile(r"\b(?:or|to|not|maybe|perhaps|possibly|could|might|rather|almost|nearly)\b|[或改]|可能|也许")


def _read(value: Any, scale: Scale) -> float | None:
    """The score that a value gives; UNCLEAR; OTHER_SCALE; or None if the value gives none."""
    if isinstance(value, float):
        return value
    if isinstance(value, str):
        return _read_text(" ".join(value.translate(_ASCII).casefold().split()).strip(" \"'_<>[](){}"), scale)
    items, tops = value if isinstance(value, list) else [], []
    if isinstance(value, tuple):
        items = [item for key, item in value if _is_score_word(key)]
        tops = [item for key, item in value if _key(key[:MAX_NAME]) in _TOP_WORDS]
    readings = {reading for item in items if (reading := _read(item, scale)) is not None}
    if len(readings) != 1:
        return UNCLEAR if readings else None
    return OTHER_SCALE if any(top != scale[1] for top in tops) else readings.pop()


def _read_text(text: str, scale: Scale) -> float | None:
    if re.fullmatch(rf"{scale[0]:g} ?(?:-|–|~|to|至|到) ?{scale[1]:g}", text):
        return None  # the judge has left the format's placeholder in
    text, is_cut = text.removesuffix("…"), text.endswith("…")
    found = _SCORE.fullmatch(text)
    if not found and len(re.findall("/|out of", text)) < 2:  # "On topic throughout. Score: 4", "On topic (4/5)"
        found = _SCORE.fullmatch(re.split(r"[(;] ?|[.!?,] ", text)[-1])
        found = found if found and (found["top"] or found["word"]) else None
    if not found:
        return UNCLEAR if re.match(r"[-+~<>]?\d", text) and len(text.split()) < 5 else None
    score, remark = _number(found["score"]), found["remark"] or ""
    if is_cut and not found["top"] and (remark == "." or not remark and score * 10 <= scale[1]):
        return UNCLEAR  # the reply ends here: 1 may be the start of 10, "4." of 4.5
    if re.search(r"\d", remark) and (len(remark.split()) < 4 or _HEDGE.search(remark)):
        return UNCLEAR
    top = 100 if found["percent"] else _number(found["top"] or str(scale[1]))
    return score if top == scale[1] else OTHER_SCALE


def _number(text: str) -> float:
    return float(_WORDS.get(text) or text)


# --- the verdict: which of the scores count

_FINAL = re.compile(
    r"\bfinal(?:ly)?\b[^.\n]{0,40}\b(?:scores?|ratings?|verdict|evaluation|answer|assessment|judge?ment|result|json)\b"
    r"|\bfinal\W*$|\b(?:revised|corrected|correction|updated|on reflection|on second thought)\b|最终|修正|更正|修改后",
    re.IGNORECASE,
)
_DRAFT = re.compile(
    r"(?:\b(?:draft|initial|preliminary|tentative|first)(?: \w+)?|草稿|初稿|初步\w{0,4})\W*$", re.IGNORECASE
)
_RESPONSE = re.compile(
    r"(?:\b(?:response|answer|essay|text|assistant|model)|回答|回复|文章) ?([A-D1-4])\b", re.IGNORECASE
)


class Statement(NamedTuple):
    """Scores stated together: at most one value per dimension.

    Attributes:
        label: the words that stand before it.
        given: dimension to its reading and the value read.
    """

    label: str
    given: dict[str, tuple[float, Any]]


def _statements(text: str, names: Names, scale: Scale) -> list[Statement]:
    objects = list(_objects(text))
    rest, at = [], 0
    for start, end, _ in objects:
        rest += [text[at:start], "\0" * (end - start)]
        at = end
    loose = "".join([*rest, text[at:]]).translate(_ASCII)
    brace = loose.find("{") if "{" in loose else len(loose)
    mentions = [mention for start, end, value in objects for mention in _in_object(value, start, end, names)]
    mentions += _in_lines(loose[:brace], names)
    mentions += _in_broken_object(loose, brace, names, {start: value for start, _, value in objects})

    statements: list[Statement] = []
    at = 0
    for mention in sorted(mentions, key=lambda mention: mention.start):
        reading = _read(mention.value, scale)
        if reading is None:
            continue
        if not statements or mention.dimension in statements[-1].given:
            label = loose[at : mention.start].partition("{")[0][-200:]
            statements.append(Statement(label + mention.path, {}))
        statements[-1].given[mention.dimension] = reading, mention.value
        at = max(at, mention.end)
    label, brace_after, _ = loose[at:].partition("{")
    if brace_after and _FINAL.search(label[:200]):
        statements.append(Statement(label[:200], {}))  # final scores are announced, and missing
    return statements


def _decide(statements: list[Statement], dimensions: Sequence[str], scale: Scale) -> Verdict:
    final = max((i for i, statement in enumerate(statements) if _FINAL.search(statement.label)), default=0)
    counted = [statement for statement in statements[final:] if not _DRAFT.search(statement.label)]
    if len({found[1].upper() for statement in counted if (found := _RESPONSE.search(statement.label))}) > 1:
        return Verdict("unparsed", {}, "scores for more than one response")
    given: dict[str, dict[float, Any]] = {}
    for statement in counted:
        for name, (reading, value) in statement.given.items():
            given.setdefault(name, {})[reading] = value
    if not given:
        return Verdict("unparsed", {}, "no scores")
    if missing := [name for name in dimensions if name not in given]:
        return Verdict("unparsed", {}, f"no score for {', '.join(missing)}")
    for name, readings in given.items():
        first, *others = map(_shown, readings.values())
        if others:
            return Verdict("unparsed", {}, f"{name} has more than one score: {first} and {others[0]}")
        if UNCLEAR in readings:
            return Verdict("unparsed", {}, f"{name} is {first}, not one clear score")
    scores = {name: next(iter(given[name])) for name in dimensions}
    for name, score in scores.items():
        if not scale[0] <= score <= scale[1]:
            shown = _shown(given[name][score])
            return Verdict("out_of_scale", {}, f"{name} is {shown}, not within {scale[0]:g}-{scale[1]:g}")
    return Verdict("ok", scores, None)


def _shown(value: Any) -> str:
    """A value for an error message, on one line and not long."""
    if isinstance(value, float):
        return f"{value:g}"
    text = " ".join(str(value).split())
    return f'"{text[:MAX_SHOWN]}…"' if len(text) > MAX_SHOWN else f'"{text}"'
