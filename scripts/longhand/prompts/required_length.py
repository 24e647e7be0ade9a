"""Reads the length that a writing request asks for: "in 500 words", 不少于八百字, "2-3k words", 字数要求：1400左右.

A number counts when words or 字 are its unit, or when it stands behind "word count" or 字数. What it bounds is told by
the words before and behind it. Then the numbers of the whole text are weighed as a careful reader does: the length of a
text that is given is nobody's requirement, and lengths of several parts do not make one of the whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from longhand.prompts import length_phrases as phrases
from longhand.prompts.numerals import Number, find_numbers, plain
from longhand.text.requirement import Requirement

SHORTEST, LONGEST = 10, 10_000_000
"""Words that a text may be asked to have. "Five words", 四字 and the like are said of other things; 5字 may be meant
so."""


class _Mention(NamedTuple):
    """A length in the text, as in _requirement(), and what it is the length of."""

    kind: str
    low: int
    high: int
    part: str | None  # a title, an introduction …
    aside: bool  # in brackets behind that part
    total: bool  # said to be that of the whole
    more: bool  # "another 300 words"
    each: int | None  # how many such texts are asked for; 0: it is not said. None: it is not "each"


def read_required(text: str) -> Requirement | None:
    """The length that the response to this request must have; None where it states none, or none for the whole."""
    mentions = list(_mentions(plain(re.sub(r"\*\*|__|`", "", text))))
    mentions = [mention for mention in mentions if mention.high >= SHORTEST] or mentions
    if len(mentions) > 1 and any(mention.more for mention in mentions):
        return None
    for better in (lambda m: m.each is None, lambda m: m.total, lambda m: not m.aside):
        mentions = [mention for mention in mentions if better(mention)] or mentions
    if len({mention.part for mention in mentions} - {None}) > 1:
        return None
    return _agreed({(m.kind, m.low * (m.each or 1), m.high * (m.each or 1)) for m in mentions if m.each != 0})


def _agreed(mentions: set[tuple[str, int, int]]) -> Requirement | None:
    """The one requirement that several say: the same number, a range and its ends, or a least and a most."""
    numbers = {(low, high) for _, low, high in mentions}
    if len(numbers) == 1:
        kinds = {kind for kind, _, _ in mentions} - {"about"}
        return _requirement(kinds.pop() if len(kinds) == 1 else "about", *numbers.pop())
    ranges = {(low, high) for kind, low, high in mentions if kind == "range"}
    least = {low for kind, low, _ in mentions if kind == "above"}
    most = {high for kind, _, high in mentions if kind == "below"}
    if any(kind == "about" for kind, _, _ in mentions) or not (ranges or (least and most)):
        return None
    low, high = min(ranges, default=(min(least, default=0), max(most, default=0)))
    if low >= high or ranges - {(low, high)} or least - {low} or most - {high}:
        return None
    return _requirement("range", low, high)


def _requirement(kind: str, low: int, high: int) -> Requirement:
    return Requirement(
        kind,
        required=low if kind == "about" else None,
        required_min=low if kind in ("range", "above") else None,
        required_max=high if kind in ("range", "below") else None,
    )


def _mentions(text: str) -> Iterator[_Mention]:
    """The lengths in the text that may be the response's, in order."""
    numbers = list(find_numbers(text))
    mentions: dict[int, _Mention] = {}
    for i, number in enumerate(numbers):
        unit = phrases.UNIT.match(text, number.end)
        first = i - (i > 0 and _is_range(text, numbers[i - 1], number, unit))
        before = _before(text, numbers[first])
        if not unit and not (phrases.LABEL.search(before) and phrases.LABELLED.match(text, number.end)):
            continue
        lower = mentions.pop(first, None) if first < i else mentions.get(i - 1)
        if mention := _mention(text, numbers, first, i, before, unit):
            if lower and lower.total and {lower.kind, mention.kind} == {"above", "below"} and not mention.part:
                mention = mention._replace(total=True)  # 字数：800字以上，1000字以下
            mentions[i] = mention
    return iter(mentions.values())


_IN_WORD = re.compile(r"(?<![0-9]word)(?<![0-9]words)(?<![0-9].word)(?<![0-9].words)(?<=[a-z_])$", re.IGNORECASE)


def _is_range(text: str, low: Number, high: Number, unit: re.Match[str] | None) -> bool:
    """Whether a number and the next are one length: the ends of a range, two bounds, or "five hundred (500)"."""
    between = text[low.end : min(high.start, low.end + phrases.NEAR)]
    if joint := phrases.TO.fullmatch(between):
        both = phrases.BETWEEN.search(_before(text, low)) or text.startswith("之间", unit.end() if unit else high.end)
        return low.low > 0 and bool(both or not joint["and"])
    if between.strip() == "(":
        return low.low == high.low
    if not phrases.is_bound_between(between):
        return False
    return {phrases.bound(_before(text, low)), phrases.bound(_before(text, high))} == {"above", "below"}


def _before(text: str, number: Number) -> str:
    return text[max(0, number.start - phrases.NEAR) : number.start]


def _mention(
    text: str, numbers: Sequence[Number], first: int, last: int, before: str, unit: re.Match[str] | None
) -> _Mention | None:
    """The length that the numbers from `first` to `last` (one, or the two of a range) give; None if it is of no use."""
    number, end = numbers[last], unit.end() if unit else numbers[last].end
    after = text[end : end + phrases.NEAR]
    if unit and unit[0][-1].isascii() and _IN_WORD.search(before):
        return None  # abc500 words
    if number.bare and text[number.start] != "万" and not phrases.GENRE.match(after):
        return None  # 百字的内容
    low, high = number.low, number.high
    if first < last and not phrases.CHANGED_FROM.search(before):
        low, high = sorted((_shared(numbers[first], number), number.high))
    is_few = unit and unit[0][-1] == "字" and text[numbers[first].start].isdigit() and phrases.is_few(before, after)
    if low < (1 if is_few else SHORTEST) or high > LONGEST or phrases.is_other(before, after):
        return None
    kind = "range" if low < high else phrases.bound(before, (unit and unit["odd"]) or after)
    part, aside = phrases.part(before, after)
    more = phrases.MORE.search(before) or (unit and unit["more"]) or phrases.MORE_BEHIND.match(after)
    each = _each(text, numbers[max(0, first - 12) : first], numbers[last + 1 : last + 4], numbers[first], before, after)
    return _Mention(kind, low, high, part, aside, phrases.is_total(before, after), bool(more), each)


def _shared(low: Number, high: Number) -> int:
    """The lower end of a range that may lack what the upper one says: 3-5千, "two to three thousand", 2-3000字."""
    if low.scale == 1 < high.scale and low.low < high.low // high.scale:
        return low.low * high.scale
    digits = str(high.low)
    if low.low < min(10, int(digits[0])) and len(digits) > 2 and not digits[1:].strip("0"):
        return int(digits.replace(digits[0], str(low.low)))
    return low.low


def _each(
    text: str, earlier: Sequence[Number], later: Sequence[Number], number: Number, before: str, after: str
) -> int | None:
    """How many texts of this length are asked for: 0 where that is not said, None where it is the length of one."""
    if phrases.FIRST.search(before):
        return 0
    if earlier:
        between = text[earlier[-1].end : number.start]
        if phrases.OR.fullmatch(between) and SHORTEST <= earlier[-1].low != number.low:
            return 0  # "300 or 400 words"
        parts = phrases.PARTS_OF.fullmatch(between) or (between.isspace() and phrases.PLURAL.match(after))
        if parts and 1 < earlier[-1].low <= 100:
            return _sure(text, earlier[-1])
    match = phrases.EACH.search(before) or phrases.EACH_BEHIND.match(after)
    if not match:
        return None
    names = match.groupdict()
    for count in (*reversed(earlier), *(later if names["zh"] or names["en"] else ())):
        tail = text[count.end : count.end + phrases.NEAR].lstrip(" 个")
        plural = phrases.PLURAL.match(text, count.end)
        if names["zh"]:
            named = tail.startswith(names["zh"])
        elif names.get("all"):
            named = tail[:1] in phrases.CLASSIFIERS
        else:
            named = plural is not None and (names["en"] or "")[:3].lower() in plural[0].lower()
        if named and 1 < count.low <= 100:
            return _sure(text, count)
    return 0


def _sure(text: str, count: Number) -> int:
    """The count, 0 if it is one end of a range: "3-5 paragraphs"."""
    joined = re.search(r"(?:[-~到至]|\bto\s|\bor\s)$", text[max(0, count.start - 4) : count.start])
    return 0 if joined or count.low != count.high else count.low
