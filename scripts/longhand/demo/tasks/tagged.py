"""Quotations between tags with lines of their own, apart from what a question says itself."""

from __future__ import annotations

import re

_OPENING = re.compile(r"^<([^\n<>/]{1,40})>[^\S\n]{0,4}$", re.M)


def tagged(question: str) -> tuple[dict[str, str], str]:
    """What stands between tags, by their names in small letters; and the question without it.

    A quotation goes to the last end of its tag, since a quoted text may hold such tags itself.
    """
    quotations: dict[str, str] = {}
    outside, place = [], 0
    while opening := _OPENING.search(question, place):
        end = question.rfind(f"</{opening[1]}>", opening.end())
        outside.append(question[place : opening.start()])
        place = opening.end()
        if end >= 0:
            quotations.setdefault(opening[1].strip().lower(), question[opening.end() : end].strip())
            place = end + len(opening[1]) + 3
    return quotations, "".join([*outside, question[place:]])
