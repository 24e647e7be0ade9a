"""Reads the reply of an LLM judge into one score per dimension, or says why it cannot.

A score is taken where a careful reader would take it without guessing, and nowhere else:

    reply -> answer, without the reasoning -> mentions of dimensions -> readings, one number each
          -> statements, scores given together -> the verdict

Statements that contradict each other make a reply unreadable, unless words in it say which of them counts.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from longhand.mentions import ASCII, DECODER, MAX_NAME, Mention, find_mentions, is_score_word, name_key, spellings

Scale = tuple[float, float]

UNCLEAR = math.nan
"""The reading of a value with numbers in it, but not one clear score: "3-4"."""

OTHER_SCALE = math.inf
"""The reading of a score that is given on another scale: "4/10" where scores go up to 5."""

MAX_SHOWN = 80
"""Characters of the reply that an error may quote."""


@dataclass(frozen=True)
class Verdict:
    """What a judge's reply says.

    Attributes:
        status: "ok"; "out_of_scale" if all dimensions have scores, but not all of them on the scale; else "unparsed".
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
    try:
        mentions, prose = find_mentions(_answer(reply), spellings(dimensions, scale))
        verdict = _decide(_statements(mentions, prose, scale), list(dimensions), scale)
    except RecursionError:
        return Verdict("unparsed", {}, "the reply is nested too deeply")
    if verdict.status == "ok":
        for stated in _STATED_SCALE.finditer(prose):
            if float(stated[stated.lastindex or 0]) != scale[1]:
                return Verdict("out_of_scale", {}, f'the reply says "{stated[0]}", not {scale[0]:g}-{scale[1]:g}')
    return verdict


# --- the answer

_REASONING_END = re.compile(r"</(?:think|thinking|thought|reasoning)>", re.IGNORECASE)
_REASONING_START = re.compile(r"^[ \t]*<(?:think|thinking|thought|reasoning)>", re.IGNORECASE | re.MULTILINE)
_INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060"))


def _answer(reply: str) -> str:
    """The reply without reasoning, and without one level of JSON string around it."""
    text = reply.translate(_INVISIBLE)
    try:
        whole = DECODER.decode(text)
        if not isinstance(whole, str):
            return text  # a tag within valid JSON is a quote
        text = whole
    except json.JSONDecodeError:
        pass
    text = _REASONING_END.split(text)[-1]
    text = _REASONING_START.split(text)[0]  # if it never ends, all of the rest is reasoning
    return text if re.search(r'(?<!\\)"', text) else text.replace('\\"', '"')


# --- readings

_NUMBERS = {word: n for n, word in enumerate("one two three four five six seven eight nine ten".split(), 1)}
_NUMBERS |= {word: n for n, word in enumerate("一二三四五六七八九十", 1)} | {"两": 2}
_NUMBER = rf"[-+]?\d+(?:\.\d+)?|{'|'.join(_NUMBERS)}"
_UNIT = r"(?:\s?(?:points?|pts?|stars?|marks?|分|颗?星))?"
_SCORE = re.compile(
    rf"(?P<word>(?:score|rating|得分|评分|分数|打分)\s?[:=]?\s?)?(?P<score>{_NUMBER})(?P<percent>\s?%)?{_UNIT}"
    rf"(?:\s?\(?,?\s?(?:/|out of|of|满分)\s?(?P<top>{_NUMBER}){_UNIT}\)?)?(?P<remark>(?:\s?[(\[:;,.!<–—]|\s-+\s).*)?"
)
_HEDGE = re.compile(r"\b(?:or|to|not|maybe|perhaps|possibly|could|might|rather|almost|nearly)\b|[或改]|可能|也许")
_TOP_WORDS = frozenset({"max", "maximum", "满分"})
_STATED_SCALE = re.compile(
    r"\bscale:? (?:of |from )?[01] ?(?:[-–~]|to) ?(\d{1,9})\b|满分(?:为|是)?\s?(\d{1,9})"
    r"|\b(?:scores?|ratings?) ?\((?:out of |/ ?|[01] ?(?:[-–~]|to) ?)(\d{1,9})\b",
    re.IGNORECASE,
)


def _read(value: Any, scale: Scale) -> float | None:
    """The score that a value gives, or UNCLEAR, or OTHER_SCALE; None if it gives none."""
    if isinstance(value, float):
        return value
    if isinstance(value, str):
        return _read_text(" ".join(value.translate(ASCII).casefold().split()).strip(" \"'_[](){}"), scale)
    items, tops = value if isinstance(value, list) else [], []
    if isinstance(value, tuple):
        items = [item for key, item in value if is_score_word(key)]
        tops = [item for key, item in value if name_key(key[:MAX_NAME]) in _TOP_WORDS]
    readings = {reading for item in items if (reading := _read(item, scale)) is not None}
    if len(readings) != 1:
        return UNCLEAR if readings else None
    return OTHER_SCALE if any(top != scale[1] for top in tops) else readings.pop()


def _read_text(text: str, scale: Scale) -> float | None:
    if re.fullmatch(rf"\W*{scale[0]:g} ?(?:[-–~]|to|至|到) ?{scale[1]:g}\W*", text):
        return None  # the placeholder of the rubric's format
    text, is_cut = text.removesuffix("…"), text.endswith("…")
    found = _SCORE.fullmatch(text)
    if not found and len(re.findall("/|out of", text)) < 2:  # "On topic throughout. Score: 4", "On topic (4/5)"
        found = _SCORE.fullmatch(re.split(r"[(;] ?|[.!?,] ", text)[-1])
        found = found if found and (found["top"] or found["word"]) else None
    if not found:
        is_number = re.match(r"[-+~<>]?\d++(?! ?[^\W\d]{3})", text)  # "3-4" or "4?", not "3 parts"
        return UNCLEAR if is_number and len(text.split()) < 5 else None
    score, remark = _number(found["score"]), found["remark"] or ""
    may_go_on = remark in (".", "..") or (not remark and score * 10 <= scale[1])  # 1 to 10, "4." to 4.5
    if is_cut and may_go_on and not found["top"] and score < scale[1]:
        return UNCLEAR
    words = re.findall(r"\w+", remark)[:4]
    if re.search(r"\d", remark) and (len(words) < 3 or words[0].isdigit() or _HEDGE.search(" ".join(words))):
        return UNCLEAR  # "4 (or 5)", but not "4 (all of the 3 parts)"
    top = 100 if found["percent"] else _number(found["top"] or str(scale[1]))
    return score if top == scale[1] else OTHER_SCALE


def _number(text: str) -> float:
    return float(_NUMBERS.get(text, text))


# --- statements

_SCORES = r"(?:scores?|ratings?|verdict|evaluation|answer|assessment|judge?ment|result|json)"
_FINAL = re.compile(
    rf"\b(?:final|finally|revised|corrected|updated)\b(?:[^.\n]{{0,40}}\b{_SCORES}\b|[\s*#]*(?::\W*)?$)"
    r"|\b(?:correction|on reflection|on second thought)\b"
    r"|(?:最终|修正|更正|修改)后?的?(?:评分|得分|打分|分数|评价|结果|结论)?\W*$",
    re.IGNORECASE,
)
_DRAFT = re.compile(
    rf"(?:\b(?:draft|initial|preliminary|tentative|first)(?: (?:draft|pass|attempt|{_SCORES}))?"
    r"|草稿|初稿|初步(?:评分|评价)?)\W*$",
    re.IGNORECASE,
)
_RESPONSE = re.compile(
    r"(?:\b(?:response|answer|essay|text|assistant|model)|回答|回复|文章) ?([A-D1-4])\b", re.IGNORECASE
)


class Statement(NamedTuple):
    """Scores stated together, at most one per dimension.

    Attributes:
        label: the words before it.
        given: dimension to the reading of its value, and the value.
    """

    label: str
    given: dict[str, tuple[float, Any]]


def _statements(mentions: Sequence[Mention], prose: str, scale: Scale) -> list[Statement]:
    statements: list[Statement] = []
    end = 0
    for mention in mentions:
        reading = _read(mention.value, scale)
        if reading is None:
            continue
        if not statements or mention.dimension in statements[-1].given:
            label = prose[end : mention.start].partition("{")[0][-200:]
            statements.append(Statement(label + mention.path, {}))
        statements[-1].given[mention.dimension] = reading, mention.value
        end = max(end, mention.end)
    label, brace, _ = prose[end:].partition("{")
    if brace and _FINAL.search(label[:200]):
        statements.append(Statement(label[:200], {}))  # final scores are announced, and cut off
    return statements


# --- the verdict


def _decide(statements: list[Statement], dimensions: Sequence[str], scale: Scale) -> Verdict:
    first_final = next((i for i, statement in enumerate(statements) if _FINAL.search(statement.label)), 0)
    counted = [statement for statement in statements[first_final:] if not _DRAFT.search(statement.label)]
    responses = {found[1].upper() for statement in counted if (found := _RESPONSE.search(statement.label))}
    if len(responses) > 1:
        return Verdict("unparsed", {}, f"scores for more than one response: {', '.join(sorted(responses))}")
    given: dict[str, dict[float, Any]] = {}
    for statement in counted:
        for name, (reading, value) in statement.given.items():
            given.setdefault(name, {})[reading] = value
    nothing = "no final scores" if statements else "no scores"
    if missing := [name for name in dimensions if name not in given]:
        return Verdict("unparsed", {}, f"no score for {', '.join(missing)}" if given else nothing)
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
