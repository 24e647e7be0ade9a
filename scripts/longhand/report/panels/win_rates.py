"""How often each model scores higher than another on the same prompt."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from longhand.report.marks import Mark
from longhand.report.page_tables import Page
from longhand.results.doubts import ALL_EQUAL, FEW_PROMPTS, FEWEST_PROMPTS
from longhand.results.remarks import METRIC_SYMBOLS
from longhand.tables.files import Row

DOUBTS = {
    FEW_PROMPTS: f"under {FEWEST_PROMPTS} prompts there is no interval",
    ALL_EQUAL: "the same results on all prompts: no interval",
    "one_sided": "too few wins or losses for an interval",
}


@dataclass(frozen=True)
class WinRates:
    """One judge's; of each model a row of the table by metric, None where it has none."""

    judge: str | None
    metrics: list[str]
    lines: list[tuple[Mark, list[Row | None]]]


def panel(page: Page, dataset: str) -> Markup:
    """Empty with a single model."""
    rows = page.win_rates(dataset)
    shown = []
    for judge in dict.fromkeys(row["judge"] for row in rows):
        cells = {(row["model"], row["metric"]): row for row in rows if row["judge"] == judge}
        metrics = [name for name in METRIC_SYMBOLS if any(metric == name for _, metric in cells)]
        rates = {model: cells[model, metrics[0]]["win_rate"] for model, metric in cells if metric == metrics[0]}
        models = [page.marks[model] for model in dict.fromkeys(model for model, _ in cells)]
        models.sort(key=lambda mark: -rates.get(mark.name, 0.0))
        lines = [(mark, [cells.get((mark.name, metric)) for metric in metrics]) for mark in models]
        shown.append(WinRates(judge, metrics, lines))
    return page.filled("win_rates", shown=shown, doubts=DOUBTS) if shown else Markup()
