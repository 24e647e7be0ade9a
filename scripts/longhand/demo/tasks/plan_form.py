"""Lines of a plan, as a question shows them: a number, a main point and a word count, under any labels."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# All repetitions are bounded, so that no prompt makes a search slow.
_LINE = re.compile(
    r"^(?P<before>[^\d\n:：]{0,30})(?P<number>\d{1,3}|\b[nNiI]\b)(?P<label>(?:[^\w\n:：]{0,4}[:：][^\S\n]{0,2})?[^\d\n:：]{1,40}[:：][^\S\n]{0,3})"
    r"(?P<point>[^\n]{0,1500}\S)(?P<count_label>[^\S\n]{0,3}[-–—|;,，；][^\S\n]{0,3}[^\d\n:：,，;；|]{0,20}"
    r"(?:word|length|字|篇幅)[^\d\n:：]{0,20}[:：][^\S\n]{0,3})(?P<count>[^\n:：]{1,60})$",
    re.MULTILINE | re.IGNORECASE,
)
_NUMBER = re.compile(r"\d{1,3}(?:,\d{3}){1,2}|\d{1,6}")
_BRACKETS = re.compile(r"[\[<{(（【《].*[\]>})）】》]")
_STANDS_FOR = re.compile(rf"{_BRACKETS.pattern}|.*(?:\.{{3}}|…).*")


@dataclass(frozen=True)
class PlanLine:
    """One line of a plan, or of an example of a plan.

    Attributes:
        text: the whole line.
        start, end: where it stands.
        point: what the part is about.
        words: of the part; None where the line states no number.
    """

    text: str
    start: int
    end: int
    point: str
    words: int | None
    _match: re.Match[str]

    @property
    def is_form(self) -> bool:
        """The point only stands for one: `[...]`, `<main point>`."""
        return _STANDS_FOR.fullmatch(self.point) is not None

    def filled(self, number: int, point: str, words: int) -> str:
        """A line of the same form."""
        count, shown = self._match["count"], _BRACKETS.search(self._match["count"])
        if shown:
            unit = next((unit for unit in (" words", "字") if unit in shown[0]), "")
            count = count.replace(shown[0], f"{words}{unit}")
        else:
            count = _NUMBER.sub(str(words), count, count=1) if self.words else str(words)
        return f"{self._match['before']}{number}{self._match['label']}{point}{self._match['count_label']}{count}"


def plan_lines(question: str) -> Iterator[PlanLine]:
    """The lines of a question that have the form of a plan's."""
    for match in _LINE.finditer(question):
        number = _NUMBER.search(match["count"])
        words = int(number[0].replace(",", "")) if number else None
        yield PlanLine(match[0].strip(), match.start(), match.end(), match["point"].strip(), words, match)
