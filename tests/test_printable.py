"""What others send is shown, and never obeyed."""

from __future__ import annotations

from pathlib import Path

import pytest

from longhand.browse import page
from longhand.program.errors import LonghandError
from longhand.program.printable import _ESCAPES, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain  text\n in\ttwo lines\r\n", "plain text in two lines"),
        ("\x1b[31;1mred\x1b[0m and \x9b2Jgone", "red and gone"),
        ("\x1b]0;new title\x07a \x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "a link"),
        ("\x1b]52;c;cm0=\x07clipboard", "clipboard"),
        ("\x1bcreset \x1b(0charset \x1b7saved", "reset charset saved"),
        ("an end: \x1b]no terminator", "an end: ]no terminator"),
        ("\x00nul\x08 back\x7f \x85next", "nul back next"),
        ("abc\u202edcb\u2066x\u2069\u200f\u061c", "abcdcbx"),
        ("in\u200bvisible\ufeff \U000e0041\u2028tag", "invisible tag"),
        ("half \ud83d of \udca9", "half \ufffd of \ufffd"),
        ("\U0001f468\u200d\U0001f4bb می\u200cخواهم 语言", "\U0001f468\u200d\U0001f4bb می\u200cخواهم 语言"),
    ],
)
def test_what_a_terminal_would_obey_is_taken_out(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert printable(shown) == shown
    assert str(LonghandError(text)) == shown


def test_a_limit_counts_what_is_shown() -> None:
    assert printable("\x1b[31mabc def", 5) == "abc d"


@pytest.mark.parametrize(
    ("begins", "left"),
    [("\x1b]", "]"), ("\x1b[", "["), ("\x9b0", "0"), ("\x90.", "."), *((c, "") for c in "\x98\x9d\x9e\x9f")],
)
def test_long_hostile_text_takes_no_time(begins: str, left: str) -> None:
    """To look for the end of each title that begins, up to the end of the text, would take hours."""
    assert printable(begins * 500_000) == left * 500_000


def test_the_reader_takes_out_the_same() -> None:
    elements = Path(page.__file__).parent / "app" / "elements.js"
    assert f"/{_ESCAPES.pattern}/g" in elements.read_text(encoding="utf-8")
