"""Random numbers that depend on nothing but what they are drawn for."""

from __future__ import annotations

import hashlib
import json
import random


def generator_for(*parts: object) -> random.Random:
    """A generator seeded by `parts` (JSON values), equal in every process and on every machine.

    Parts are joined as JSON, so that ("a", "bc") and ("ab", "c") differ.
    """
    return random.Random(int(fingerprint(*parts), 16))


def fingerprint(*parts: object) -> str:
    """SHA-256 of `parts` (JSON values), 64 hexadecimal digits."""
    # JSON's escapes keep lone surrogates, which a request may hold, from failing to encode.
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
