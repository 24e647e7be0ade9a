"""Reads the reply of an LLM judge into one score per dimension, or says why it cannot.

A score is taken where a careful reader would take it without guessing, and nowhere else:

    reply -> answer, without the reasoning -> mentions of dimensions, or of the only one a grade in double brackets
          -> readings, one number each
          -> statements, scores given together -> those that are neither quoted nor imagined -> the verdict

All statements must agree, and one of them must be complete. Of those that differ, the ones count that the reply calls
final, and none that it calls a draft; without such words it is unreadable.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from longhand.judging.declines import declines
from longhand.judging.dimension_names import Names, is_score_word, spellings
from longhand.judging.grades import given_marks, marks_in
from longhand.judging.mentions import find_mentions
from longhand.judging.quotes import Sources, is_cited
from longhand.judging.readings import UNCLEAR, Scale, other_scale, read_value, shown_number
from longhand.judging.reasoning import without_reasoning
from longhand.judging.score_lines import Mention

Block = list[tuple[Mention, float]]
"""Mentions in one place, each with its reading."""

MAX_BLOCKS = 1000
"""Places in a reply that may give scores."""

MAX_SHOWN = 80
"""Characters of the reply that an error may quote."""


@dataclass(frozen=True)
class Verdict:
    """What a judge's reply says.

    Attributes:
        status: "ok"; "out_of_scale" if all dimensions have scores, but not all of them on the scale; "refused" if the
            judge says that it does not judge; else "unparsed".
        scores: the score of each dimension, on the rubric's own scale; empty unless ok.
        error: why there are no scores, in one line; None if ok.
    """

    status: str
    scores: dict[str, float]
    error: str | None


def read_verdict(
    reply: str,
    dimensions: Mapping[str, Sequence[str]],
    scale: Scale,
    *,
    texts: Sequence[str] = (),
    template: str = "",
    names: Names | None = None,
) -> Verdict:
    """Reads the scores in a judge's reply.

    Args:
        reply: what the judge wrote.
        dimensions: the name of each dimension, with other names that a judge may use for it.
        scale: the lowest and the highest score.
        texts: what the judge was shown of the row: request, response, reference.
        template: what stood around them. Scores that stand in one of these are quotes.
        names: of numbered items, which must all be there once; None: those of the dimensions.
    """
    is_numbered = names is not None
    names = spellings(dimensions, scale) if names is None else names
    sources = Sources([text for text in texts if text], template, names, scale)
    try:
        answer = without_reasoning(reply)
        mentions, prose = find_mentions(answer, names)
        together = _together(mentions, scale)
        if len(together) > MAX_BLOCKS:
            return Verdict("unparsed", {}, f"scores in more than {MAX_BLOCKS} places")
        statements = _statements(together, prose)
        given = [one for one in statements if not (one.is_cited or sources.hold(one.block, one.readings, one.keys))]
        if len(dimensions) == 1 and (grades := _graded(answer, next(iter(dimensions)), scale, texts)):
            given = [one for one in given if UNCLEAR not in one.readings.values()]
            given = sorted([*given, *(one for one in grades if not one.is_cited)], key=lambda one: one.end)
            statements = [*statements, *grades]
        verdict = (_misnumbered(given, dimensions) if is_numbered else None) or _decide(given, list(dimensions), scale)
    except RecursionError:
        return Verdict("unparsed", {}, "the reply is nested too deeply")
    if verdict.status == "unparsed" and len(given) < len(statements) and not any(one.given for one in given):
        verdict = Verdict("unparsed", {}, "its scores are quoted or imagined, not given")
    if verdict.status == "ok" and (stated := other_scale(prose, scale)):
        verdict = Verdict("out_of_scale", {}, f'the reply says "{stated}", not {scale[0]:g}-{scale[1]:g}')
    last = next((one for one in reversed(given) if len(one.given) == len(dimensions)), None)
    for sentence in declines(last.behind + answer[last.end :] if last and verdict.status == "ok" else answer):
        if not sources.say(sentence):
            return Verdict("refused", {}, f"the judge declines: {_shown(sentence)}")
    return verdict


def check_values(verdict: Verdict, allowed: Mapping[str, Sequence[float] | None]) -> Verdict:
    """The verdict, where it has only scores that are allowed.

    Args:
        verdict: as read.
        allowed: dimension -> scores; None: all of the scale.
    """
    for name, score in verdict.scores.items():
        values = allowed[name]
        if values is not None and score not in values:
            listing = ", ".join(map(shown_number, values))
            return Verdict("out_of_scale", {}, f"{name} is {score:g}, not one of {listing}")
    return verdict


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


@dataclass
class Statement:
    """Scores stated together, at most one per dimension.

    Attributes:
        label: the words before it.
        end: where it ends.
        given: dimension to the reading of its value, and the value.
        block: the parts of the reply that give the scores.
        behind: what stands behind the last of them within its line or object.
        keys: of the objects around them.
        is_cited: it is an example, or said of the text.
    """

    label: str
    end: int
    given: dict[str, tuple[float, Any]] = field(default_factory=dict)
    block: str = ""
    behind: str = ""
    keys: str = ""
    is_cited: bool = False

    @property
    def readings(self) -> dict[str, float]:
        return {name: reading for name, (reading, _) in self.given.items()}


def _statements(blocks: Sequence[Block], prose: str) -> list[Statement]:
    statements: list[Statement] = []
    end = 0
    for together in blocks:
        start, until = together[0][0].start, max(mention.end for mention, _ in together)
        dimensions = [mention.dimension for mention, _ in together]
        if not statements or statements[-1].given.keys() & set(dimensions):
            before, brace, _ = prose[end:start].partition("{")
            cited = is_cited(before[-300:], "" if brace else prose[until : until + 300])
            statements.append(Statement(before[-200:] + together[0][0].path, end, is_cited=cited))
        for mention, reading in together:
            if mention.dimension in statements[-1].given:
                statements.append(Statement(mention.path, end, is_cited=statements[-1].is_cited))
            last = statements[-1]
            last.given[mention.dimension] = reading, mention.value
            last.block += f" {mention.piece}" if mention.piece not in last.block[-len(mention.piece) :] else ""
            last.end, last.behind, last.keys = max(last.end, mention.end), mention.after, mention.path
        end = max(end, until)
    label, brace, _ = prose[end:].partition("{")
    if brace and _FINAL.search(label[:200]):
        statements.append(Statement(label[:200], end))  # final scores are announced, and cut off
    return statements


def _graded(answer: str, dimension: str, scale: Scale, texts: Sequence[str]) -> list[Statement]:
    """The grades in double brackets as statements on the only dimension."""
    marks = list(marks_in(answer, lambda value: read_value(value, scale)))
    given, statements = given_marks(answer, marks, texts), list[Statement]()
    for mark in marks:
        before = answer[statements[-1].end if statements else 0 : mark.start]
        scores, end = {dimension: (mark.value, mark.text)}, mark.start + len(mark.text)
        statements.append(Statement(before[-200:], end, scores, is_cited=mark not in given))
    return statements


def _together(mentions: Sequence[Mention], scale: Scale) -> list[Block]:
    """The mentions that have a reading, those of one object, line or row together."""
    groups: list[Block] = []
    for mention in mentions:
        if (reading := read_value(mention.value, scale)) is None:
            continue
        if not groups or mention[:2] != groups[-1][0][0][:2]:
            groups.append([])
        groups[-1].append((mention, reading))
    return groups


# --- the verdict


def _misnumbered(statements: Sequence[Statement], items: Collection[str]) -> Verdict | None:
    """What is wrong with the numbers of items: one that there is not, or one that stands in a list twice.

    Lines that name some items may come before an object that scores all of them.
    """
    given = [statement for statement in statements if statement.given]
    in_json = [statement.block.lstrip().startswith("{") for statement in given]
    whole = [len(statement.given) == len(items) for statement in given]
    for statement in given:
        if strange := [name for name in statement.given if name not in items]:
            return Verdict("unparsed", {}, f"a score for item {strange[0]} of {len(items)}")
    counted = in_json if any(map(all, zip(in_json, whole, strict=True))) else [True] * len(given)
    if len(given) > 1 and not all(complete for complete, counts in zip(whole, counted, strict=True) if counts):
        return Verdict("unparsed", {}, "the items do not stand in one list, each once")
    return None


def _decide(statements: list[Statement], dimensions: Sequence[str], scale: Scale) -> Verdict:
    first_final = next((i for i, statement in enumerate(statements) if _FINAL.search(statement.label)), 0)
    counted = [statement for statement in statements[first_final:] if not _DRAFT.search(statement.label)]
    responses = {match[1].upper() for statement in counted if (match := _RESPONSE.search(statement.label))}
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
    if not any(len(statement.given) == len(dimensions) for statement in counted):
        return Verdict("unparsed", {}, "the scores do not stand together")
    scores = {name: next(iter(given[name])) for name in dimensions}
    for name, score in scores.items():
        if not scale[0] <= score <= scale[1]:
            shown = _shown(given[name][score])
            return Verdict("out_of_scale", {}, f"{name} is {shown}, not within {scale[0]:g}-{scale[1]:g}")
    return Verdict("ok", scores, None)


def _shown(value: Any) -> str:
    """A value for an error message, on one line and not long; of an object its score."""
    value = next((item for key, item in value if is_score_word(key)), value) if isinstance(value, tuple) else value
    if isinstance(value, float):
        return f"{value:g}"
    text = " ".join(str(value).split())
    return f'"{text[:MAX_SHOWN]}…"' if len(text) > MAX_SHOWN else f'"{text}"'
