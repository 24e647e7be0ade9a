"""Plans of long texts, as AgentWrite has them: read line by line, and checked.

A line of a plan says what a section is about and how many words it has:
`Paragraph 1 - Main Point: … - Word Count: 400 words`, `段落 1 - 要点：… - 字数：400字`.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import NamedTuple

from longhand.program.printable import printable
from longhand.text.loops import loop_onset
from longhand.text.repetition import tokens_of
from longhand.text.requirement import Requirement, aimed_at

OFF = 30
"""Percent that the sum of a plan's counts may miss what is required by."""

_POINT = re.compile(r"(?:\bmain\s+points?\b|要点|主要内容)[*_\s]*[:：–—-]", re.I)
_COUNT = re.compile(
    r"(?:\bword\s+count\b|字数)[^\w\n]*(?:(?:about|around|approximately|约|大约)\s*)?"
    r"(\d+(?:[,，]\d{3})*)(?:\s*[-–—~～至到]\s*(\d+(?:[,，]\d{3})*))?",
    re.I,
)
_BEGINS = re.compile(
    r"[\W_]*(?:\d+[\W_]+)?(?:(?:paragraph|section|part)\W*\d|main\s+points?\b|段落\W*\d|第\W*\w{1,3}\W*[段部]|要点)",
    re.I,
)
"""How a line of a plan begins, whatever marks are before it: where it has no count, it is torn."""
_MOST = 10_000_000
"""Words that a count says at most: with more digits it fits no table, with thousands of them no number."""
_TOTAL = re.compile(r"\d\W*(?:words?|字)\W*$", re.I)
_ENDS = re.compile("[.!?:。！？：]")  # ends a remark; what is torn ends in none of these
_POINT_WORDS = 25  # of a usual main point; of Chinese characters twice as many
_WORD = re.compile(r"[^\W_]")


class PlannedSection(NamedTuple):
    """One line of a plan.

    Attributes:
        line: as it stands there, without spaces around it.
        words: that the section shall have.
    """

    line: str
    words: int


class Limits(NamedTuple):
    """What a plan must keep to: most sections; least and most words of each."""

    sections: int
    least: int
    most: int


def read_plan(text: str) -> list[PlannedSection]:
    """The sections of a plan, in order.

    They are the lines with a main point and a word count behind it; of a count from … to … it is the middle.
    Greetings, headings and empty lines are no sections. Equal lines are as many sections as there are lines.
    """
    return [PlannedSection(line, words) for line in _lines(text) if (words := _words_of(line)) is not None]


def fault_in(
    text: str, sections: list[PlannedSection], limits: Limits, required: Requirement | None, *, cut: bool
) -> str | None:
    """Why nothing can be written by a plan; None: it is sound.

    Args:
        text: the plan; `sections`: as `read_plan` has them.
        limits: of sections.
        required: the length of the whole text; None: no sum is checked.
        cut: the answer ended at its token limit.
    """
    if cut or _is_torn(text):
        return "the plan ends in the middle"
    if loop_onset(tokens_of(text)) is not None:
        return "the plan loops"
    if not sections:
        return "the plan has no line with a main point and a word count"
    if line := next((line for line in _lines(text) if _lacks_count(line)), None):
        return f"a line of the plan has no word count: {printable(line[:80])}"
    if len(sections) > limits.sections:
        return f"the plan has {len(sections)} sections, more than {limits.sections}"
    aim = None if required is None else aimed_at(required._asdict())
    one_will_do = len(sections) == 1 and aim is not None and aim < 2 * limits.least
    if not one_will_do:
        for number, section in enumerate(sections, 1):
            if not limits.least <= section.words <= limits.most:
                return f"section {number} has {section.words} words, not {limits.least} to {limits.most}"
    return None if required is None else _misses(sum(section.words for section in sections), required)


def usual_plan(words: float, language: str, limits: Limits) -> str:
    """A plan as a model may write it, for one that is not there yet: sections of equal size that sum to `words`."""
    usual = math.sqrt(limits.least * limits.most)
    number = min(max(1, round(words / usual)), limits.sections)
    counts = [round(words * (n + 1) / number) - round(words * n / number) for n in range(number)]
    if words >= 2 * limits.least:
        counts = [min(max(count, limits.least), limits.most) for count in counts]
    return "\n".join(_usual_line(n, count, language) for n, count in enumerate(counts))


@lru_cache(1000)
def _usual_line(number: int, words: int, language: str) -> str:
    """Each has a main point of other words, or the plan would loop."""
    if language == "zh":
        point = "".join(chr(0x5200 + _POINT_WORDS * 2 * number + n) for n in range(_POINT_WORDS * 2))
        return f"段落 {number + 1} - 要点：{point} - 字数：{words}字"
    letters = [chr(ord("a") + n) for n in range(26)]
    point = " ".join(letters[number // 26 % 26] + letters[number % 26] + letters[n] for n in range(_POINT_WORDS))
    return f"Paragraph {number + 1} - Main Point: {point} - Word Count: {words} words"


def _lines(text: str) -> list[str]:
    """The lines that hold a word."""
    return [line.strip() for line in text.splitlines() if _WORD.search(line)]


def _words_of(line: str) -> int | None:
    """The word count of a section's line; None: it is none."""
    if (point := _POINT.search(line)) is None:
        return None
    counts = list(_COUNT.finditer(line, point.end()))
    if not counts or not _WORD.search(line, point.end(), counts[-1].start()):
        return None
    ends = [_number(end) for end in counts[-1].groups() if end is not None]
    return sum(ends) // len(ends)


def _number(text: str) -> int:
    """The value of digits, with commas among them."""
    digits = re.sub("[,，]", "", text)
    return min(int(digits), _MOST) if len(digits) <= len(str(_MOST)) else _MOST


def _lacks_count(line: str) -> bool:
    """Whether a line has a section's main point, but no count."""
    return _words_of(line) is None and bool(_BEGINS.match(line)) and bool(_POINT.search(line))


def _is_torn(text: str) -> bool:
    """Whether the last line is one of a section without its count, or ends as no remark does."""
    last = next(iter(_lines(text)[::-1]), "")
    if not last or _words_of(last) is not None or _COUNT.search(last):
        return False
    end = max(word.end() for word in _WORD.finditer(last))
    return bool(_BEGINS.match(last)) or not (_ENDS.search(last, end) or _TOTAL.search(last))


def _misses(words: int, required: Requirement) -> str | None:
    """What is wrong with a sum: it may be OFF percent under the least that is required, or over the most."""
    stated = required.stated
    least, most = {
        "about": (stated, stated),
        "range": (required.required_min, required.required_max),
        "above": (stated, None),
        "below": (None, stated),
    }[required.constraint]
    if least is not None and 100 * words < (100 - OFF) * least:
        return f"the plan has {words} words, and {least} are required"
    if most is not None and 100 * words > (100 + OFF) * most:
        return f"the plan has {words} words, and {most} are required"
    return None
