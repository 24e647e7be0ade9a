"""What is drawn, by a seed and a name or in turn: the same whatever else there is."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from longhand.wire.identity import canonical


def draw(seed: int, key: str) -> float:
    """A number in [0, 1), evenly spread over keys."""
    digest = hashlib.sha256(canonical([seed, key]).encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:6]) / 2**48


def turn(number: int) -> float:
    """Van der Corput's sequence: however many numbers there are, they lie evenly in [0, 1)."""
    bits = f"{number:b}"
    return int(bits[::-1], 2) / (1 << len(bits))


def by_share(place: float, shares: Mapping[str, float]) -> str:
    """The name at a place in [0, 1), which the names divide among themselves by their shares.

    Args:
        place: in [0, 1).
        shares: name -> weight, at least one above 0.
    """
    bound, total = 0.0, sum(shares.values())
    names = [name for name, share in shares.items() if share]
    for name in names:
        bound += shares[name] / total
        if place < bound:
            return name
    return names[-1]  # shares may sum up to a little less than 1
