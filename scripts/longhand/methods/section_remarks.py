"""What is remarked of the sections of a text that came, but are not as they should be."""

from __future__ import annotations

import numpy as np

from longhand.text.length import count_longbench_write
from longhand.text.repetition import Hashes, tokens_of

OFF_LENGTH = 2.0
"""A section that is longer or shorter than its plan says by more than this factor is off its length."""
REPEATED = 0.5
"""A section repeats what stands before it where more than this share of its runs of 13 tokens stood before."""


class SectionRemarks:
    """Looks at the sections of one text, in order."""

    def __init__(self) -> None:
        self._texts = set[str]()
        self._runs: Hashes = np.empty(0, np.uint64)

    def of(self, text: str, required: int, *, cut: bool) -> tuple[str, str] | None:
        """What is wrong with the next section: the first of truncated, repeated and off_length, and all in words.

        Args:
            text: of the section.
            required: words that its line of the plan states.
            cut: it ended at its token limit.
        """
        share, words = self._repeated(text), count_longbench_write(text)
        wrong = {}
        if cut:
            wrong["truncated"] = "it ends at the token limit"
        if share > REPEATED:
            wrong["repeated"] = f"{share:.0%} of it stands before it"
        if not required / OFF_LENGTH <= words <= required * OFF_LENGTH:
            wrong["off_length"] = f"it has {words} words, and its plan says {required}"
        return (next(iter(wrong)), "; ".join(wrong.values())) if wrong else None

    def _repeated(self, text: str) -> float:
        """The share of a section that was said before, in it or before it."""
        runs, known = tokens_of(text).runs, text in self._texts
        self._texts.add(text)
        new = np.setdiff1d(runs, self._runs)
        self._runs = np.concatenate([self._runs, new])
        return 1.0 if known else 1 - new.size / max(1, runs.size) if runs.size else 0.0
