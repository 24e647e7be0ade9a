"""A chart as a picture, drawn by vl-convert without a browser."""

from __future__ import annotations

import json
from pathlib import Path

import vl_convert

from longhand.charts.style import Spec

SCALE = 2
"""Pixels of a PNG for one of the chart."""


def svg_of(spec: Spec) -> str:
    """The chart as SVG. Nothing is loaded for it: its data stand in it."""
    return vl_convert.vegalite_to_svg(json.dumps(spec), allowed_base_urls=[])


def png_of(svg: str) -> bytes:
    """An SVG as PNG, on white: pictures for papers have no transparent ground."""
    head, tag_end, body = svg.partition(">")
    return vl_convert.svg_to_png(f'{head}{tag_end}<rect width="100%" height="100%" fill="white"/>{body}', scale=SCALE)


def write_png(spec: Spec, out: Path) -> None:
    """Draws the chart into a PNG file; equal specifications give equal bytes."""
    out.write_bytes(png_of(svg_of(spec)))
