"""Scores in lines of text: "- **Clarity**: 4 (good)", tables, and lines below headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from longhand.judging.dimension_names import MAX_NAME, Names, is_score_word, is_top_word, named

_LINE_MARK = re.compile(r"[:=>]|\s[-–—]+>?\s|\s?→\s?|\s(?=\d|\(\d[^()]{0,20}\)\W{0,5}$)")
_BRACKETS = re.compile(  # "Clarity (4/5): fine words", but not "Clarity (1/5): 4"
    r"(.{1,80}?)\s?\((\d+(?:\.\d+)?\s?(?:/\s?\d+|(?:out )?of \d+|分))\)\s?[:–—-]++\s*+"
    r"(?!\d|.*(?:\d\s?分|\d\s?/\s?\d))(.*)",
    re.DOTALL,
)
_SCORE_LINE = re.compile(r"\W*(?:score|rating|得分|评分|分数)\W*\d|\W*\d[\d./\s]*$", re.IGNORECASE)
_RULE = re.compile(r"[\s|:+-]*-[\s|:+-]*")
_NO_SCORES = re.compile(r"\b(?:weights?|max(?:imum)?)\b|权重|占比|满分", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


class Mention(NamedTuple):
    """A dimension named in a text.

    Attributes:
        start: where the line, the object or the key begins.
        end: where it ends.
        dimension: its name in the rubric.
        value: what stands there: text, a number, None, a list, or an object as a tuple of (key, value).
        piece: the part of the text that says so; that of the whole object or table row for each of its mentions.
        after: text within `start` and `end` that stands behind the score.
        path: the keys of the objects around it.
    """

    start: int
    end: int
    dimension: str
    value: Any
    piece: str
    after: str
    path: str = ""


class _Row(NamedTuple):
    """A line with bars, without emphasis, and its place."""

    start: int
    end: int
    text: str
    cells: list[str]


def in_lines(text: str, names: Names) -> Iterator[Mention]:
    """The mentions in lines, in tables, and below headings ("## Clarity", "Score: 4")."""
    end, heading, table = 0, None, list[_Row]()
    for line in text.splitlines(keepends=True):
        start, end = end, end + len(line)
        if not (line := re.sub("[*`]", "", line).strip()):
            continue
        if "|" in line:
            cells = line.removeprefix("|").removesuffix("|").split("|")
            table.append(_Row(start, end, line, [cell.strip() for cell in cells]))
            continue
        yield from _in_table(table, names)
        table.clear()
        mentions = list(_in_line(start, end, line, names))
        if not mentions and heading and _SCORE_LINE.match(line):
            mentions = [Mention(start, end, heading, line, f"{heading} {line}", line)]
        yield from mentions
        heading = named(line, names) or (None if mentions else heading)
    yield from _in_table(table, names)


def _in_line(start: int, end: int, line: str, names: Names) -> Iterator[Mention]:
    current, value = None, ""
    for part in re.split(r"(?<=[,;|])", line):
        at = 0
        if (brackets := _BRACKETS.fullmatch(part)) and (name := named(brackets[1], names)):
            if current and value:
                yield Mention(start, end, current, value, f"{current} {value}", value)
            current, value = name, f"{brackets[2]}: {brackets[3]}"
            continue
        for mark in _LINE_MARK.finditer(part):
            if mark.start() - at <= MAX_NAME and (name := named(part[at : mark.start()], names)):
                if current and value:
                    yield Mention(start, end, current, value, f"{current} {value}", value)
                current, value = name, part[mark.end() :]
                break
            at = mark.end() if mark[0] in ":=" else at
        else:
            value += part
    if current and value:
        yield Mention(start, end, current, value, f"{current} {value}", value)


# --- tables


def _in_table(rows: list[_Row], names: Names) -> Iterator[Mention]:
    """The mentions in lines with bars: a dimension a row, or a dimension a column."""
    titles, columns = list[str](), None
    for row, below in zip(rows, [*rows[1:], None], strict=False):
        if _RULE.fullmatch(row.text):
            continue
        in_cells = [named(cell, names) if at == 0 or not cell.isdigit() else None for at, cell in enumerate(row.cells)]
        if len(set(in_cells) - {None}) > 1:
            columns = row
        elif columns and len(row.cells) == len(columns.cells):
            yield from _below(columns, row, names)
        elif any(in_cells[:-1]):
            at = next(at for at, name in enumerate(in_cells) if name)
            name, rest = str(in_cells[at]), row.cells[at + 1 :]
            yield Mention(row.start, row.end, name, _beside(row.cells, at, titles), row.text, " ".join(rest))
        elif below and _RULE.fullmatch(below.text):
            titles = row.cells
        else:
            yield from _in_line(row.start, row.end, row.text, names)


def _below(columns: _Row, row: _Row, names: Names) -> Iterator[Mention]:
    """The mentions of a row below the names of dimensions, unless it is one of weights or maxima."""
    if not named(columns.cells[0], names) and _NO_SCORES.search(row.cells[0]):
        return
    for title, cell in zip(columns.cells, row.cells, strict=True):
        if cell and (name := named(title, names)):
            yield Mention(columns.start, row.end, name, cell, f"{columns.text} {row.text}", cell)


def _beside(cells: list[str], at: int, titles: list[str]) -> Any:
    """What stands behind a dimension: the score, where the titles of the columns say which it is, else all cells."""
    titled = list(zip(titles, cells, strict=True)) if len(titles) == len(cells) else []
    scores, tops = ([cell for title, cell in titled if is_(title)] for is_ in (is_score_word, is_top_word))
    if len(scores) != 1:
        return cells[at + 1 :]
    both = len(tops) == 1 and _NUMBER.fullmatch(tops[0]) and _NUMBER.fullmatch(scores[0])
    return f"{scores[0]}/{tops[0]}" if both else scores[0]
