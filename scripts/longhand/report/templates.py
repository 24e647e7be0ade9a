"""The templates of the page: Jinja, strict and escaping, with the filters that word numbers and texts."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from longhand.report import wording
from longhand.text.opening import opening

FILTERS = (
    "fixed",
    "integer",
    "money",
    "seen",
    "clipped",
    "counted",
    "heat",
    "symbols",
    "required",
    "listed",
    "explained",
)


def environment() -> Environment:
    """Of the templates beside this file; those of panels are `panels/{name}.html.jinja`."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {name: getattr(wording, name) for name in FILTERS} | {"opening": opening}
    return made
