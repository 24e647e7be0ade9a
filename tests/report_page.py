"""The report's page as tests read it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from report_run import Run

from build_report import main


def build(run: Run) -> str:
    """Makes the report of a run and reads it."""
    arguments = run.arguments()
    main(**arguments)
    return arguments["out"].read_text(encoding="utf-8")


class Page(HTMLParser):
    """What a page consists of: its elements, and its text by the element that it stands in."""

    def __init__(self, html: str):
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._inside: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in ("style", "svg"):
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("style", "svg"):
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self.words.append(data.strip())

    @property
    def text(self) -> str:
        return " ".join(word for word in self.words if word)


def section(html: str, heading: str) -> str:
    """The part of the page under a heading."""
    return html.split(f"<h3>{heading}</h3>")[1].split("<h3>")[0]


def cells(part: str) -> list[list[str]]:
    """The texts of a table's body, row by row, without what stands small in a cell."""
    body = re.search(r"<tbody>(.*?)</tbody>", part, re.S)
    rows = re.findall(r"<tr>(.*?)</tr>", re.sub(r'<span class="small">.*?</span>', "", body[1] if body else ""), re.S)
    return [[Page(cell).text for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.S)] for row in rows]
