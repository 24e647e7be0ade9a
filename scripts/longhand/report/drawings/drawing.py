"""A chart and the file that it is kept in."""

from __future__ import annotations

from typing import Any, NamedTuple


class Drawing(NamedTuple):
    """A chart of the report.

    Attributes:
        name: where it lies under results/figures, without the ending.
        spec: of Vega-Lite, with its data and a description.
    """

    name: str
    spec: dict[str, Any]
