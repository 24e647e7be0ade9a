"""The reader's page: frame, style and program in one file, whose policy names them by their digests."""

from __future__ import annotations

import json
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from longhand.report.marks import COLOURS, SHAPES, Mark, colour_rules
from longhand.report.policy import source_of

PROGRAM = (
    "side_files",
    "elements",
    "address",
    "samples",
    "choices",
    "search",
    "list_pane",
    "long_texts",
    "criteria",
    "verdicts",
    "grid",
    "responses",
    "saving",
    "keys",
    "start",
)
"""The files of the program in app/, in the order in which they stand in the page."""


def reader_page() -> str:
    """The page `browse/index.html`: the same for every run, since all that a run has lies in side files."""
    folder = Path(__file__).parent
    colours = f"const COLOURS = {json.dumps(COLOURS)};\n"
    files = [(folder / "app" / f"{name}.js").read_text(encoding="utf-8") for name in PROGRAM]
    script = "\n".join(['(() => {\n"use strict";', colours, *files, "})();"])
    palette = folder.parent / "report" / "palette.css"
    marks = [Mark("", colour, "circle") for colour in COLOURS]
    style = "\n".join(
        [*(path.read_text(encoding="utf-8") for path in (palette, folder / "reader.css")), colour_rules(marks)]
    )
    policy = (
        f"default-src 'none'; script-src 'self' {source_of(script)}; style-src {source_of(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("index.html.jinja").render(
        policy=policy,
        style=Markup(style),
        script=Markup(script),
        shapes=[Markup(shape) for shape in SHAPES.values()],
    )
