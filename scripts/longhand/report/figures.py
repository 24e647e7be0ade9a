"""Figures as they stand in the page: a picture that needs no script, and beside it the chart that a script draws.

Both are of the same specification. The picture is SVG, cleaned of all that is no drawing; one of many points is a PNG.
"""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from markupsafe import Markup

from longhand.program.errors import LonghandError

LARGEST_SVG = 120_000
"""Characters of a picture from which on it is shown as pixels: 100,000 responses do not make 10 MB."""

_SVG = "http://www.w3.org/2000/svg"
_ELEMENTS = {"svg", "g", "path", "line", "rect", "circle", "text", "tspan", "defs", "clipPath"}
_ATTRIBUTES = (
    "class clip-path d dx dy fill fill-opacity font-family font-size font-style font-weight height id opacity stroke "
    "stroke-dasharray stroke-linecap stroke-linejoin stroke-miterlimit stroke-opacity stroke-width text-anchor "
    "transform viewBox width x x1 x2 y y1 y2 cx cy r"
).split()


def shown_figure(figures: Path, name: str) -> Markup:
    """The figure of `{name}.svg`, `{name}.png` and `{name}.json`; empty where there is none.

    Args:
        figures: the folder results/figures.
        name: of the figure in it.

    Raises:
        LonghandError: a file of it is damaged.
    """
    specification = figures / f"{name}.json"
    if not specification.exists():
        return Markup()
    try:
        spec = json.loads(specification.read_text(encoding="utf-8"))
        svg = (figures / f"{name}.svg").read_text(encoding="utf-8")
        key = re.sub(r"[^A-Za-z0-9]", "_", name)
        drawn = inline_svg(svg, key) if len(svg) <= LARGEST_SVG else _pixels(figures / f"{name}.png", svg)
        label = str(spec["description"])
    except (OSError, ValueError, KeyError, TypeError, ElementTree.ParseError) as e:
        fix = "delete results/figures and run again"
        raise LonghandError(f"a figure cannot be read: {e}", str(specification), fix) from e
    head = Markup('<figure class="chart" role="group" aria-label="{}"><div class="plot" role="img" aria-label="{}">')
    script = Markup('</div><script type="application/json">{}</script></figure>').format(json_in_page(spec))
    return head.format(title_of(spec), label) + drawn + script


def title_of(spec: dict[str, Any]) -> str:
    """What stands above a chart."""
    return str(spec.get("title") or "Figure")


def json_in_page(value: Any) -> Markup:
    """A value as JSON that can stand in a script element: no character of it ends the element or opens a comment."""
    text = json.dumps(value, separators=(",", ":"))  # all that is not ASCII is escaped: U+2028, too
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704


def inline_svg(svg: str, key: str) -> Markup:
    """An SVG as it may stand in the page: shapes and text alone, its ids beginning with `key`."""
    ElementTree.register_namespace("", _SVG)
    root = _cleaned(ElementTree.fromstring(svg), key)
    for name in ("width", "height"):  # as wide as there is room
        root.attrib.pop(name, None)
    return Markup(ElementTree.tostring(root, encoding="unicode"))  # noqa: S704


def _cleaned(element: ElementTree.Element, key: str) -> ElementTree.Element:
    kept = ElementTree.Element(element.tag)
    for name, value in element.attrib.items():
        if name == "id":
            kept.set(name, f"{key}-{value}")
        elif name in _ATTRIBUTES and ("url(" not in value or value.startswith("url(#")):
            kept.set(name, value.replace("url(#", f"url(#{key}-"))
    kept.text, kept.tail = element.text, element.tail
    kept.extend(_cleaned(child, key) for child in element if child.tag.removeprefix(f"{{{_SVG}}}") in _ELEMENTS)
    return kept


def _pixels(png: Path, svg: str) -> Markup:
    size = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    width, height = (float(x) for x in size.groups()) if size else (0, 0)
    data = base64.b64encode(png.read_bytes()).decode()
    image = Markup('<img alt="" width="{:.0f}" height="{:.0f}" src="data:image/png;base64,{}">')
    return image.format(width, height, data)
