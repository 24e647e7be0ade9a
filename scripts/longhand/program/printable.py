"""Text of others (servers, models, files) made safe to show: in the terminal, in logs, in columns, as headings."""

from __future__ import annotations

import re

# A title has no beginning of another in it: each character is looked at once, however many begin and never end.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # colours, moves of the cursor
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x90\x98\x9c-\x9f]*(?:\x07|\x1b\\|\x9c)"  # titles, links
    r"|\x1b[ -/]*[0-Z\\^-~]"
)
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"  # controls that are not white space
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # controls of the direction of writing
    "\u00ad\u180e\u200b\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"  # others without a shape
)
_HALVES = re.compile("[\ud800-\udfff]")

INVISIBLE = dict.fromkeys(
    (0xAD, 0x61C, 0x180E, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070))
    + (*range(0xFE00, 0xFE10), *range(0xE0000, 0xE0080))
)
"""For str.translate: takes out all characters that are not seen, joiners too. For texts that are read, not shown."""


def printable(text: str, limit: int | None = None) -> str:
    """`text` in one line, without what a terminal or a browser obeys in place of showing it.

    Terminal escapes, control characters, bidi controls and invisible characters are taken out, half a surrogate pair
    becomes U+FFFD, white space becomes single spaces. Joiners stay, which emoji and some scripts need.

    Args:
        text: of any origin.
        limit: characters that are kept.
    """
    return " ".join(visible(text).split())[:limit]


def visible(text: str) -> str:
    """The same with its white space as it is: for texts of several lines."""
    return _HALVES.sub("\N{REPLACEMENT CHARACTER}", _UNSEEN.sub("", _ESCAPES.sub("", text)))
