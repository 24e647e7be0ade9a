"""The audit of preference pairs as it is shown: one table per part."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from longhand.preferences.candidates import NO_REWARD
from longhand.preferences.pairs import OUTCOME_MEANINGS
from longhand.report.wording import DASH, LANGUAGE_NAMES, fixed, number
from longhand.results.certified import BY_PEOPLE, CERTIFIED, NOT_CERTIFIED, NOT_TESTED
from longhand.tables.files import Row

PARTS = {
    "outcome": "What became of the prompts",
    "candidates": "Responses without a reward, and repeated texts",
    "pairs": "Where the pairs are",
    "margin": "Margins: chosen less rejected",
    "noise": "Noise of the judge",
    "length": "Length",
    "certification": "Whether the judge is certified for these prompts",
    "second judge": "Other judges",
    "text": "Texts",
    "max_length": "What the trainer cuts",
}
FIGURES = NO_REWARD | {
    "same_text": "a text that the prompt has already",
    CERTIFIED: "pairs whose judge is certified",
    NOT_CERTIFIED: "pairs whose judge is not certified",
    NOT_TESTED: "pairs whose judge is not tested against enough labels by people",
    BY_PEOPLE: "pairs by verdicts that people made",
}


def audit_parts(rows: Iterable[Row]) -> list[tuple[str, list[Row]]]:
    """Headings with their rows: figure, slice (a dash for all), value as text, n.

    Args:
        rows: of AUDITS, of one set of pairs.
    """
    return [
        (PARTS.get(part, part), [_shown(row) for row in of_part])
        for part, of_part in groupby(rows, lambda row: row["part"])
    ]


def _shown(row: Row) -> Row:
    value = number(row["value"])
    share = value is not None and row["unit"] == "share"
    return {
        "figure": (OUTCOME_MEANINGS if row["part"] == "outcome" else FIGURES).get(row["figure"], row["figure"]),
        "slice": DASH if row["slice"] == "all" else LANGUAGE_NAMES.get(row["slice"], row["slice"]),
        "value": f"{fixed(100 * value)}%" if share and value is not None else fixed(value),
        "n": row["n"],
    }
