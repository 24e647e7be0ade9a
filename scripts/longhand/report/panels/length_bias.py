"""Length bias: S_Q as it is, and with length held fixed at what was required."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from longhand.report.marks import Mark
from longhand.report.page_tables import Page
from longhand.report.wording import fixed
from longhand.results.doubts import ALL_EQUAL, FEW_PROMPTS, FEWEST_PROMPTS
from longhand.tables.files import Row

DOUBTS = {
    FEW_PROMPTS: f"under {FEWEST_PROMPTS} prompts there is no interval",
    ALL_EQUAL: "all scores are equal, so no interval can be trusted",
    "one_text": "no prompt has two texts of different length beside what models and prompts explain",
    "one_length": "all texts have the same length for what was required",
}
"""Why a figure is not there, or has no interval."""


@dataclass(frozen=True)
class BiasTable:
    """One judge: a sentence on its slope, and its models' rows with their marks."""

    judge: str
    slope: str
    lines: list[tuple[Mark, Row]]


def panel(page: Page, dataset: str) -> Markup:
    """Empty where nothing was judged, or no prompt has a required length."""
    rows = page.length_bias(dataset)
    tables = []
    for judge in dict.fromkeys(row["judge"] for row in rows):
        of_judge = {row["model"]: row for row in rows if row["judge"] == judge}
        lines = [(mark, of_judge[name]) for name, mark in page.marks.items() if name in of_judge]
        tables.append(BiasTable(judge, _slope(judge, next(iter(of_judge.values()))), lines))
    named = [doubt for row in rows for doubt in (row["doubt"], row["slope_doubt"]) if doubt]
    doubts = [DOUBTS.get(doubt, doubt) for doubt in dict.fromkeys(named)]
    return page.filled("length_bias", tables=tables, doubts=doubts) if tables else Markup()


def _slope(judge: str, row: Row) -> str:
    if row["slope"] is None:
        return f"How the scores of {judge} go with length is not known: {DOUBTS[row['slope_doubt']]}."
    more = "more" if row["slope"] >= 0 else "fewer"
    gives = f"For twice the words at the same required length, {judge} gives {fixed(abs(row['slope']))} points {more}"
    if row["slope_low"] is None:
        return f"{gives}. There is no interval."
    ends = " to ".join(fixed(row[f"slope_{end}"]).replace("-", "−") for end in ("low", "high"))
    sure = row["slope_low"] > 0 or row["slope_high"] < 0
    return f"{gives} (95% interval {ends}){'' if sure else ', which cannot be told from none'}."
