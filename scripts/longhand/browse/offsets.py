"""Places in a text, as JavaScript counts them."""

from __future__ import annotations

import numpy as np

from longhand.text.language import codes_of
from longhand.text.repetition import tokens_of


class Offsets:
    """Turns places in a text from characters into UTF-16 units: characters beyond U+FFFF have two.

    Args:
        text: that the places are in.
    """

    def __init__(self, text: str):
        self._wide = np.flatnonzero(codes_of(text) > 0xFFFF)

    def of(self, character: int) -> int:
        """The unit at which a character begins."""
        return character + int(np.searchsorted(self._wide, character))


def loop_offset(text: str, onset: int) -> int | None:
    """The unit at which a text starts to loop; None where it has no such token.

    Args:
        text: of the response.
        onset: `loop_onset` of the lengths table: tokens of the `longen` counter before the loop.
    """
    starts = tokens_of(text).starts
    return Offsets(text).of(int(starts[onset])) if onset < starts.size else None
