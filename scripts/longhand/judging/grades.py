"""Reads the one grade that a judge's reply gives in double square brackets, or as a value of a JSON object.

A reply may quote the text that it grades: a mark in quotation marks, in an example, or with words around it that stand
in that text, is not the judge's. All others must agree.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from longhand.judging.dimension_names import ASCII
from longhand.judging.mentions import find_objects
from longhand.judging.quotes import is_example, is_quoted, stands_in
from longhand.judging.readings import UNCLEAR, read_value
from longhand.judging.readout import PUBLISHED, Readout, shown, unread
from longhand.judging.reasoning import without_reasoning
from longhand.program.printable import INVISIBLE

LOWEST, HIGHEST = 0, 10
SUPPORT_WORDS = ("full", "partial", "none")
"""How far passages support a statement, in words of the JSON form."""

_MARK = re.compile(r"\[\[([^\[\]\n]{1,80})\]\]")
_NUMBERS = re.compile(r"\[\[(\d+\.\d+|\d+)\]\]")  # as published
_LETTERS = re.compile(r"\[\[([ /a-zA-Z\u4e00-\u9fff]+)\]\]")  # as published, and Chinese
_SUPPORT = {
    1.0: re.compile(r"full|fully support(?:ed|s)?|完全(?:得到)?支持"),
    0.5: re.compile(r"partial|partially support(?:ed|s)?|部分(?:得到)?支持"),
    0.0: re.compile(r"none|no support|not supported|unsupported|不支持|没有支持|无支持|未得到支持"),
}
_NUMBERED = re.compile(r"^\W*+(?:statements?|no\.?|陈述)?\s*+(\d{1,6}+)\s*+[*_]*+\s*+[.:)、|\]-]", re.IGNORECASE)
_DENIED = re.compile(
    r"(?:\b(?:not|never|nor|neither|out\sof|less\sthan|more\sthan)|n['’]t|\d\s?/|不是|并非|不到)[ \t*_\"'“‘(（]*\Z",
    re.IGNORECASE,
)
"""Words before a mark that say that it is another: "not [[10]]", "8 out of [[10]]"."""
_NEAR = 4  # words beside a mark that tell a quote
_FEWEST = 3
_WORDS = re.compile(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+")


class GradeMark(NamedTuple):
    """A value that a reply gives: where it starts, what stands there, and its reading."""

    start: int
    text: str
    value: float


def read_grade(reply: str, reading: str, texts: Sequence[str] = ()) -> Readout[float]:
    """The grade of 0-10 that a reply gives.

    Args:
        reply: what the judge wrote.
        reading: strict, or published: the last number in double square brackets, whatever it is.
        texts: that the judge was shown.
    """
    if reading == PUBLISHED:
        return _last(_values(reply, "Grade", _number) or [*map(float, _NUMBERS.findall(reply))], "no grade")
    return _read(reply, "Grade", _number, texts)


def read_support(reply: str, reading: str, texts: Sequence[str] = ()) -> Readout[float]:
    """1, 0.5 or 0: how far a reply says that a statement is supported. For the arguments see `read_grade`."""
    if reading == PUBLISHED:
        marks = [_published_support(letters) for letters in _LETTERS.findall(reply)]
        return _last(_values(reply, "Support", _support) or marks, "no verdict")
    return _read(reply, "Support", _support, texts)


def read_supports(reply: str, count: int, reading: str, texts: Sequence[str] = ()) -> Readout[tuple[float, ...]]:
    """The support of each of `count` statements, from one reply. For the other arguments see `read_grade`.

    Each statement must have one verdict, and no other may have any.
    """
    try:
        answer = without_reasoning(reply).translate(ASCII)
        listed = list(_values(answer, "Supports", lambda value: value if isinstance(value, list) else None))
    except RecursionError:
        return Readout("unparsed", None, "the reply is nested too deeply")
    if listed:
        values = [_support(value) for value in listed[-1]]
        wrong = any(value is None or math.isnan(value) for value in values) or any(one != listed[-1] for one in listed)
        if wrong or len(values) != count:
            return Readout("unparsed", None, f"no list of {count} verdicts")
        return Readout("ok", tuple(value for value in values if value is not None))
    verdicts: dict[int, list[float]] = {}
    number = 0
    for line in answer.split("\n"):
        number = int(match[1]) if (match := _NUMBERED.match(line)) else number
        if reading == PUBLISHED:
            given: Iterable[float] = (_published_support(letters) for letters in _LETTERS.findall(line))
        else:
            given = (mark.value for mark in given_marks(line, list(marks_in(line, _support)), texts))
        verdicts.setdefault(number, []).extend(given)
    verdicts = {number: values for number, values in verdicts.items() if values}
    if not verdicts:
        return unread("no verdict", answer, texts)
    if reading == PUBLISHED:
        verdicts = {number: values[-1:] for number, values in verdicts.items()}
    if strange := [number for number in verdicts if not 1 <= number <= count]:
        return Readout("unparsed", None, f"a verdict on statement {strange[0]} of {count}")
    missing = [number for number in range(1, count + 1) if number not in verdicts]
    unclear = [number for number, values in verdicts.items() if len({*values}) > 1 or math.isnan(values[0])]
    for numbers, what in ((missing, "no verdict"), (unclear, "no clear verdict")):
        if numbers:
            return Readout("unparsed", None, f"{what} on statement {min(numbers)} of {count}")
    return Readout("ok", tuple(verdicts[number][0] for number in range(1, count + 1)))


def _number(value: Any) -> float | None:
    return read_value(value, (LOWEST, HIGHEST)) if isinstance(value, str | float) else None


def _support(value: Any) -> float | None:
    """The support that a text names; UNCLEAR where it speaks of one that is none of the three."""
    text = " ".join(value.casefold().split()).strip(" \"'.[]") if isinstance(value, str) else ""
    for support, words in _SUPPORT.items():
        if words.fullmatch(text):
            return support
    return UNCLEAR if re.search("support|支持", text) else None


def _published_support(letters: str) -> float:
    """As the published code reads it: what only contains "fully" is full support, what is neither has none."""
    text = letters.lower()
    return 1.0 if "fully" in text or "完全" in text else 0.5 if "partially" in text or "部分" in text else 0.0


def _last(values: Sequence[float], nothing: str) -> Readout[float]:
    clear = [value for value in values if math.isfinite(value)]
    return Readout("ok", clear[-1]) if clear else Readout("unparsed", None, nothing)


def _read(reply: str, key: str, read: Callable[[Any], float | None], texts: Sequence[str]) -> Readout[float]:
    """The one value of a reply's marks and JSON objects."""
    try:
        answer = without_reasoning(reply).translate(ASCII)
        marks = _in_objects(answer, key, read)
    except RecursionError:
        return Readout("unparsed", None, "the reply is nested too deeply")
    parts, at = [], 0
    for start, end, _ in marks:
        parts += [answer[at:start], " " * (end - max(at, start))]
        at = end
    prose = "".join([*parts, answer[at:]])
    values = [GradeMark(start, answer[start:end], value) for start, end, value in marks]
    values = sorted([*values, *marks_in(prose, read)])
    given = given_marks(answer, values, texts)
    what = "grade" if key == "Grade" else "verdict"
    if not given:
        return unread(f"its {what} is quoted, not given" if values else f"no {what}", answer, texts)
    if any(math.isnan(mark.value) for mark in given):
        unclear = next(mark.text for mark in given if math.isnan(mark.value))
        return Readout("unparsed", None, f'"{shown(unclear)}" is no clear {what}')
    if other := [mark for mark in given if mark.value != given[0].value]:
        return Readout("unparsed", None, f"more than one {what}: {shown(given[0].text)} and {shown(other[0].text)}")
    if not LOWEST <= given[0].value <= HIGHEST:
        return Readout("out_of_scale", None, f"{shown(given[0].text)} is not within {LOWEST}-{HIGHEST}")
    last = given[-1]
    behind: Readout[float] = unread("", answer[last.start + len(last.text) :], texts)
    return behind if behind.status == "refused" else Readout("ok", given[0].value)


def marks_in(text: str, read: Callable[[Any], float | None]) -> Iterator[GradeMark]:
    """The marks that have a reading."""
    for match in _MARK.finditer(text):
        if (value := read(match[1])) is not None:
            yield GradeMark(match.start(), match[0], value)


def _in_objects(text: str, key: str, read: Callable[[Any], Any]) -> list[tuple[int, int, Any]]:
    """The JSON objects of a text that have a key: where they start and end, and the reading of its value."""
    objects = []
    for start, end, pairs in find_objects(text):
        values = [read(value) for name, value in pairs if name.casefold() == key.casefold()]
        objects += [(start, end, value) for value in values if value is not None]
    return objects


def _values(text: str, key: str, read: Callable[[Any], Any]) -> list[Any]:
    try:
        return [value for _, _, value in _in_objects(text, key, read)]
    except RecursionError:
        return []


def given_marks(answer: str, marks: Sequence[GradeMark], texts: Sequence[str]) -> list[GradeMark]:
    """The marks that are the judge's."""
    given, end = [], 0
    for mark in marks:
        before, end = answer[end : mark.start], mark.start + len(mark.text)
        before, behind = before[-300:], answer[end : end + 300]
        is_shown = any(_bare(mark.text) in _bare(text) for text in texts)  # what no text holds is no quote
        quoted = is_shown and (is_quoted(before, behind) or _is_copied(answer, mark, texts))
        if not (quoted or is_example(before) or _DENIED.search(before)):
            given.append(mark)
    return given


@lru_cache(maxsize=16)
def _bare(text: str) -> str:
    """A text without its white space and case, fullwidth forms as ASCII."""
    return "".join(text.translate(INVISIBLE).translate(ASCII).casefold().split())


def _is_copied(answer: str, mark: GradeMark, texts: Sequence[str]) -> bool:
    """Whether a mark stands in a text that was shown together with the words before it, or those behind it."""
    end = mark.start + len(mark.text)
    before = answer[max(0, mark.start - 200) : mark.start].rpartition("\n")[2]
    behind = answer[end : end + 200].partition("\n")[0]
    words = [match.start() for match in _WORDS.finditer(before)]
    if len(words) >= _FEWEST and stands_in(before[words[-_NEAR:][0] :] + mark.text, texts):
        return True
    ends = [match.end() for match in _WORDS.finditer(behind)]
    return len(ends) >= _FEWEST and stands_in(mark.text + behind[: ends[:_NEAR][-1]], texts)
