"""Templates: texts put in place of marks."""

from __future__ import annotations

import re
from collections.abc import Mapping


def fill(template: str, **texts: object) -> str:
    """The template with `{name}` replaced by what has that name; other braces stay."""
    return replace_marks(template, {f"{{{name}}}": str(text) for name, text in texts.items()})


def replace_marks(template: str, marks: Mapping[str, str]) -> str:
    """The template with each mark replaced by its text, in one pass: a mark inside a text stays text."""
    return re.sub("|".join(map(re.escape, marks)), lambda match: marks[match[0]], template) if marks else template
