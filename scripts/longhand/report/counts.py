"""Counts of some out of all, as they are shown: the number, and its share in percent."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Count:
    """So many of all; `share` in percent, None without any."""

    n: int
    of: int

    @property
    def share(self) -> float | None:
        return 100 * self.n / self.of if self.of else None
