"""How a model is marked: one colour and one shape, the same in every figure and beside every row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

# Okabe and Ito's colours without yellow, the light ones darkened until they stand out from white (3:1); then five dark
# ones. That some of twelve are alike to a colour-blind reader is why each has its shape, too.
COLOURS = (
    *("#0072b2", "#d55e00", "#008f68", "#b8578f", "#bf7a00", "#2e8fcb", "#4a4a4a"),
    *("#882255", "#332288", "#7a7a1f", "#8a5a44", "#7b8794"),
)

# The same hues where the page is dark, light enough to stand out from it (3:1).
DARK_COLOURS = (
    *("#56b4e9", "#f08a4b", "#3fc79a", "#e39ac4", "#e0a63a", "#7fc4ee", "#b9b9b9"),
    *("#e07a94", "#9a8cf0", "#c9c957", "#d09a7e", "#aebac4"),
)

# Vega's name of each shape (or its path in a square from -1 to 1) -> the same shape in a box of 12 by 12.
SHAPES = {
    "circle": '<circle cx="6" cy="6" r="4.6"/>',
    "square": '<rect x="1.8" y="1.8" width="8.4" height="8.4"/>',
    "triangle-up": '<path d="M6 1 11.2 10.6H.8z"/>',
    "diamond": '<path d="M6 .6 11.4 6 6 11.4.6 6z"/>',
    "triangle-down": '<path d="M6 11 .8 1.4h10.4z"/>',
    "cross": '<path d="M4 .9h4V4h3.1v4H8v3.1H4V8H.9V4H4z"/>',
    "M-0.5,-0.87L0,-0.4L0.5,-0.87L0.87,-0.5L0.4,0L0.87,0.5L0.5,0.87L0,0.4L-0.5,0.87L-0.87,0.5L-0.4,0L-0.87,-0.5Z": (
        '<path d="M3 .8 6 3.6 9 .8 11.2 3 8.4 6l2.8 3L9 11.2 6 8.4 3 11.2.8 9l2.8-3L.8 3z"/>'
    ),
}


@dataclass(frozen=True)
class Mark:
    """A model as it is shown.

    Attributes:
        name: the model's key in the config.
        colour: `#rrggbb`.
        shape: one of `SHAPES`.
        demo: whether the demo engine writes for it.
    """

    name: str
    colour: str
    shape: str
    demo: bool = False

    @property
    def swatch(self) -> Markup:
        """The mark as a small picture for legends and rows; the name beside it says what it is."""
        return Markup('<svg class="swatch" viewBox="0 0 12 12" aria-hidden="true" fill="{}">{}</svg>').format(
            self.colour, Markup(SHAPES[self.shape])
        )


def marks_of(models: Iterable[str], demo: Iterable[str]) -> dict[str, Mark]:
    """A mark for each model; the first 84 differ in the pair of colour and shape."""
    shapes, demo = tuple(SHAPES), set(demo)
    return {
        name: Mark(name, COLOURS[i % len(COLOURS)], shapes[i % len(shapes)], name in demo)
        for i, name in enumerate(models)
    }


def colour_rules(marks: Iterable[Mark]) -> Markup:
    """Style rules that give the models their lighter colours where the page is dark; figures and swatches alike."""
    colours = dict.fromkeys(mark.colour for mark in marks)
    rules = [
        f'[{name}="{colour}"] {{ {name}: {DARK_COLOURS[COLOURS.index(colour)]}; }}'
        for colour in colours
        for name in ("fill", "stroke")
    ]
    return Markup("@media (prefers-color-scheme: dark) {{\n{}\n}}").format(Markup("\n".join(rules)))  # noqa: S704
