"""The report's page as tests read it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from report_run import Run

from build_report import main
from longhand.report.scripts import page_scripts


def build(run: Run) -> str:
    """Makes the report of a run and reads it."""
    arguments = run.arguments()
    main(**arguments)
    return arguments["out"].read_text(encoding="utf-8")


UNREAD = ("style", "svg", "script")
"""Elements whose text is not read as the page's words."""


class Page(HTMLParser):
    """What a page consists of: its elements, and its text by the element that it stands in."""

    def __init__(self, html: str):
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.scripts: list[str] = []  # what runs
        self._inside: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in UNREAD:
            self._inside.append(tag)
        if tag == "script" and "type" not in dict(attrs):
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in UNREAD:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self.words.append(data.strip())
        elif self._inside[-1] == "script" and "type" not in self.elements[-1][1]:
            self.scripts[-1] += data

    @property
    def text(self) -> str:
        return " ".join(word for word in self.words if word)


def foreign(html: str) -> list[str]:
    """What of a page could run or load anything, but for its own scripts."""
    page = Page(html)
    tags = {"iframe", "object", "embed", "form", "base", "image", "foreignobject", "link", "animate", "set", "use"}
    loading = [name for name, attrs in page.elements if name in tags and attrs.get("rel") != "icon"]
    loading += [
        str(attrs) for name, attrs in page.elements if name == "img" and not (attrs["src"] or "").startswith("data:")
    ]
    handlers = [name for _, attrs in page.elements for name in attrs if name.startswith("on")]
    links = [attrs["href"] or "" for _, attrs in page.elements if "href" in attrs]
    ours = [script.text for script in page_scripts(charts=True)]
    return [
        *loading,
        *handlers,
        *(text[:80] for text in page.scripts if text not in ours),
        *(link for link in links if not link.startswith(("#", "data:,", "browse/index.html"))),
    ]


def section(html: str, heading: str) -> str:
    """The part of the page under a heading."""
    return html.split(f"<h3>{heading}</h3>")[1].split("<h3>")[0]


def cells(part: str) -> list[list[str]]:
    """The texts of a table's body, row by row, without what stands small in a cell."""
    body = re.search(r"<tbody>(.*?)</tbody>", part, re.S)
    rows = re.findall(r"<tr>(.*?)</tr>", re.sub(r'<span class="small">.*?</span>', "", body[1] if body else ""), re.S)
    return [[Page(cell).text for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.S)] for row in rows]
