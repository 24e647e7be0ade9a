"""The prompts of a dataset in numbers."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from longhand.tables.files import Row, read_rows
from longhand.tables.schemas import PROMPTS
from longhand.text.length import LENGTH_RULES
from longhand.text.requirement import COLUMNS, REQUIRED, aimed_at, requirement_of


def prompt_counts_row(path: Path, rule: str) -> Row:
    """The row of PROMPT_COUNTS of one dataset.

    Args:
        rule: the name of its length rule.
    """
    rows = list(read_rows(path, PROMPTS, ["language", *COLUMNS]))
    ends = [row[name] for row in rows if aimed_at(row) for name in REQUIRED if row[name] is not None]
    sized = [requirement for row in rows if (requirement := requirement_of(row)) is not None]
    scored = LENGTH_RULES[rule].score if rule in LENGTH_RULES else None
    languages = Counter(row["language"] for row in rows)
    return {
        "dataset": path.parent.name,
        "n": len(rows),
        "languages": [{"language": name, "n": n} for name, n in sorted(languages.items())],
        "shortest": min(ends, default=None),
        "longest": max(ends, default=None),
        "without_length": len(rows) - len(sized),
        "without_rule": sum(scored(requirement, 0) is None for requirement in sized) if scored else 0,
    }
