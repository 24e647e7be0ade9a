"""Reads a reply that should be yes or no, in English or Chinese. One that is neither is not guessed at."""

from __future__ import annotations

import re

_YES = re.compile(r"[\W_]*(?:yes\b(?!\s*(?:/|or\b))|是的?(?!\w|\s*/))", re.IGNORECASE)
_NO = re.compile(r"[\W_]*(?:no\b|否|不)", re.IGNORECASE)


def says_yes(reply: str) -> bool:
    """Whether a reply begins with yes, and does not go on to name both."""
    return _YES.match(reply) is not None


def says_no(reply: str) -> bool:
    """Whether a reply begins with no."""
    return _NO.match(reply) is not None
