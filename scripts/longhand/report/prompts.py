"""The prompts of a dataset as the report shows them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from longhand.report.wording import without_score
from longhand.summary.inputs import rows_of
from longhand.summary.shown_prompts import one_of_each_third
from longhand.tables.files import Row, read_table
from longhand.tables.schemas import PROMPTS
from longhand.text.length import LENGTH_RULES
from longhand.text.requirement import COLUMNS, REQUIRED, aimed_at, requirement_of


@dataclass(frozen=True)
class Prompts:
    """A dataset's prompts in numbers, and those whose responses are shown, by required length.

    Attributes:
        shortest, longest: the least and the most words that any prompt states, be it as a bound; None without any.
        without_score: sentences on prompts that have no S_L by the dataset's rule, and why.
    """

    n: int
    languages: dict[str, int]
    shortest: int | None
    longest: int | None
    without_score: list[str]
    chosen: list[Row]


SHOWN_OF_PROMPT = ["prompt_id", "prompt", "language", "category", *COLUMNS]


def _without_score(rows: list[Row], rule: str) -> list[str]:
    """What is told of prompts without S_L; nothing where no prompt requires a length: then there is none at all."""
    requirements = [requirement_of(row) for row in rows]
    sized = [requirement for requirement in requirements if requirement is not None]
    scored = LENGTH_RULES[rule].score if rule in LENGTH_RULES else None
    unruled = sum(scored(requirement, 0) is None for requirement in sized) if scored else 0
    return without_score(len(rows), len(rows) - len(sized), unruled) if sized else []


def read_prompts(path: Path, rule: str) -> Prompts:
    """Counts the prompts and picks one of each third by required length, so that every run picks the same.

    Prompts without a required length are picked from only where no prompt has one.

    Args:
        path: the prompts table.
        rule: the dataset's length rule.
    """
    table = read_table(path, PROMPTS, columns=["prompt_id", "language", *COLUMNS])
    rows = sorted(table.to_pylist(), key=lambda row: (aimed_at(row) or 0, row["prompt_id"]))
    sized = [row for row in rows if aimed_at(row)]
    ends = [row[name] for row in sized for name in REQUIRED if row[name] is not None]
    picked = one_of_each_third(sized or rows)
    texts = {row["prompt_id"]: row for row in rows_of(path, PROMPTS, set(picked), SHOWN_OF_PROMPT)}
    return Prompts(
        n=len(rows),
        languages=dict(sorted(Counter(row["language"] for row in rows).items())),
        shortest=min(ends, default=None),
        longest=max(ends, default=None),
        without_score=_without_score(rows, rule),
        chosen=[texts[prompt_id] for prompt_id in picked],
    )
