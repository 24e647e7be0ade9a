"""The scripts of the page, and what its content policy calls them: nothing else runs."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup

from longhand.charts.library import vega_script
from longhand.report.policy import source_of


class Script(NamedTuple):
    """A script of the page, and its source expression in the policy."""

    text: Markup
    source: Markup


def page_scripts(charts: bool) -> list[Script]:
    """The page's own script; before it the one that draws, where there are charts."""
    texts = [vega_script()] if charts else []
    return [_script(text) for text in (*texts, Path(__file__).with_name("page.js").read_text(encoding="utf-8"))]


def _script(text: str) -> Script:
    """A script whose text stands in a script element as it is: nothing in it ends the element."""
    if any(part in text.lower() for part in ("</script", "<script", "<!--", "\r")):
        raise ValueError("a script of the page would end its element")
    return Script(Markup(text), Markup(source_of(text)))  # noqa: S704 - our text and a number
