"""The audit of preference pairs as it is shown: one table per part."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from longhand.report.wording import DASH, LANGUAGES, fixed, number
from longhand.tables import Row, read_rows
from longhand.training_tables import AUDIT

PARTS = {
    "outcome": "What became of the prompts",
    "pairs": "Where the pairs are",
    "margin": "Margins: chosen less rejected",
    "noise": "Noise of the judge",
    "length": "Length",
    "second judge": "Other judges",
    "text": "Texts",
    "max_length": "What the trainer cuts",
}
OUTCOMES = {
    "paired": "made pairs",
    "too_few": "too few candidates",
    "unscored": "too few candidates with a reward",
    "tie": "all rewards equal",
    "small_margin": "margin too small",
}


def read_audit(path: Path) -> list[tuple[str, list[Row]]]:
    """Headings with their rows: figure, slice (a dash for all), value as text, n."""
    rows = read_rows(path, AUDIT)
    return [(PARTS.get(part, part), [_shown(row) for row in here]) for part, here in groupby(rows, lambda r: r["part"])]


def _shown(row: Row) -> Row:
    value = number(row["value"])
    share = value is not None and row["unit"] == "share"
    return {
        "figure": OUTCOMES.get(row["figure"], row["figure"]),
        "slice": DASH if row["slice"] == "all" else LANGUAGES.get(row["slice"], row["slice"]),
        "value": f"{fixed(100 * value)}%" if share and value is not None else fixed(value),
        "n": row["n"],
    }
