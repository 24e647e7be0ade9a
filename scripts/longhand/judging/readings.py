"""What a value beside a dimension's name says: one clear score, no score, or something that is not clear."""

from __future__ import annotations

import math
import re
from typing import Any

from longhand.judging.dimension_names import ASCII, is_score_word, is_top_word

Scale = tuple[float, float]

UNCLEAR = math.nan
"""The reading of a value with numbers in it, but not one clear score: "3-4"."""

OTHER_SCALE = math.inf
"""The reading of a score that is given on another scale: "4/10" where scores go up to 5."""

_NUMBERS = {word: n for n, word in enumerate("one two three four five six seven eight nine ten".split(), 1)}
_NUMBERS |= {word: n for n, word in enumerate("一二三四五六七八九十", 1)} | {"两": 2}
_NUMBER = rf"[-+]?\d+(?:\.\d+)?|{'|'.join(_NUMBERS)}"
_UNIT = r"(?:\s?(?:points?|pts?|stars?|marks?|分|颗?星))?"
_SCORE = re.compile(
    rf"(?P<word>(?:score|rating|得分|评分|分数|打分)\s?[:=]?\s?)?(?P<score>{_NUMBER})(?P<percent>\s?%)?{_UNIT}"
    rf"(?:\s?\(?,?\s?(?:/|out of|of|满分)\s?(?P<top>{_NUMBER}){_UNIT}\)?)?"
    r"(?P<remark>(?:\s?(?:[(\[:;,.!<–—#]|//|/\*)|\s-+\s).*)?"
)
_HEDGE = re.compile(r"\b(?:or|to|not|maybe|perhaps|possibly|could|might|rather|almost|nearly)\b|[或改]|可能|也许")
_STATED = re.compile(
    r"\bscale:? (?:of |from )?[01] ?(?:[-–~]|to) ?(\d{1,9})\b|满分(?:为|是)?\s?(\d{1,9})"
    r"|\b(?:scores?|ratings?) ?\((?:out of |/ ?|[01] ?(?:[-–~]|to) ?)(\d{1,9})\b",
    re.IGNORECASE,
)


def shown_number(value: float) -> str:
    """A number as a judge is shown it, and may give it back, with all the digits that it has: 3, 0.25, 1234567."""
    short = f"{value:g}"
    return short if float(short) == value else repr(value).removesuffix(".0")


def other_scale(text: str, scale: Scale) -> str | None:
    """The words by which a text states another scale: "on a scale of 1 to 10"."""
    stated = _STATED.finditer(text)
    return next((match[0] for match in stated if float(match[match.lastindex or 0]) != scale[1]), None)


def read_value(value: Any, scale: Scale) -> float | None:
    """The score that a value gives, or UNCLEAR, or OTHER_SCALE; None if it gives none."""
    if isinstance(value, float):
        return value
    if isinstance(value, str):
        return _read_text(" ".join(value.translate(ASCII).casefold().split()).strip(" \"'_[](){}"), scale)
    items, tops = value if isinstance(value, list) else [], []
    if isinstance(value, tuple):
        items = [item for key, item in value if is_score_word(key)]
        tops = [item for key, item in value if is_top_word(key)]
    readings = {reading for item in items if (reading := read_value(item, scale)) is not None}
    if len(readings) != 1:
        return UNCLEAR if readings else None
    return OTHER_SCALE if any(top != scale[1] for top in tops) else readings.pop()


def _read_text(text: str, scale: Scale) -> float | None:
    if re.fullmatch(rf"\W*{scale[0]:g} ?(?:[-–~]|to|至|到) ?{scale[1]:g}\W*", text):
        return None  # the placeholder of the rubric's format
    text, is_cut = text.removesuffix("…"), text.endswith("…")
    match = _SCORE.fullmatch(text)
    if not match and len(re.findall("/|out of", text)) < 2:  # "On topic throughout. Score: 4", "On topic (4/5)"
        match = _SCORE.fullmatch(re.split(r"[(;] ?|[.!?,] ", text)[-1])
        match = match if match and (match["top"] or match["word"]) else None
    if not match:
        is_number = re.match(r"[-+~<>]?\d++(?! ?[^\W\d]{3})", text)  # "3-4" or "4?", not "3 parts"
        return UNCLEAR if is_number and len(text.split()) < 5 else None
    score, remark = _number(match["score"]), match["remark"] or ""
    may_go_on = remark in (".", "..") or (not remark and score * 10 <= scale[1])  # 1 to 10, "4." to 4.5
    if is_cut and may_go_on and not match["top"] and score < scale[1]:
        return UNCLEAR
    words = re.findall(r"\w+", remark)[:4]
    few = len(re.findall(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+", remark)) < 3 or re.search(r"\d\s?分", remark)
    if re.search(r"\d", remark) and (few or words[0].isdigit() or _HEDGE.search(" ".join(words))):
        return UNCLEAR  # "4 (or 5)", but not "4 (all of the 3 parts)"
    top = 100 if match["percent"] else _number(match["top"] or str(scale[1]))
    return score if top == scale[1] else OTHER_SCALE


def _number(text: str) -> float:
    return float(_NUMBERS.get(text, text))
