"""The method of a recorded model: its responses are in a file, or in the prompts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from longhand.methods import recorded, references


def import_method(settings: Mapping[str, Any]) -> recorded.Method | references.Method:
    """The method that gives a recorded model's responses.

    Args:
        settings: `answers`: reference, or null for a file; and what the method needs.
    """
    return references.Method(settings) if settings.get("answers") else recorded.Method(settings)
