"""How a page's content policy calls the scripts and styles that stand in the page: by their digests."""

from __future__ import annotations

import base64
import hashlib


def source_of(text: str) -> str:
    """The source expression of an inline script or style: `'sha256-…'`."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
