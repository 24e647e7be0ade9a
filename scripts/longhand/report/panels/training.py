"""Models before and after training, on the same prompts."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from longhand.report.differences import Difference, difference
from longhand.report.page_tables import Page
from longhand.results.remarks import METRIC_SYMBOLS
from longhand.tables.files import Row


@dataclass(frozen=True)
class Line:
    """A range of required words, or all; the differences by metric."""

    name: str
    guard: bool
    n: int
    cells: list[Difference | None]


@dataclass(frozen=True)
class Change:
    """A trained model and the one that it was made of, by one judge on one dataset."""

    dataset: str
    model: str
    before: str
    judge: str | None
    metrics: list[str]
    lines: list[Line]


def panel(page: Page) -> Markup:
    """Empty where no model was trained."""
    shown = [change for dataset in page.datasets for change in changes(dataset, page.comparison(dataset, trained=True))]
    return page.filled("training", changes=shown) if shown else Markup()


def changes(dataset: str, rows: list[Row]) -> list[Change]:
    """All that is compared on one dataset. A metric that no row has is left out; a range without prompts is not."""
    groups: dict[tuple[str, str, str | None], dict[str, dict[str, Row]]] = {}
    for row in rows:
        if row["slice_kind"] in ("all", "range") and row["metric"] in METRIC_SYMBOLS:
            lines = groups.setdefault((row["model"], row["other"], row["judge"]), {})
            lines.setdefault(row["slice"], {})[row["metric"]] = row
    shown = []
    for (model, other, judge), lines in groups.items():
        cells = [row for by_metric in lines.values() for row in by_metric.values()]
        metrics = [name for name in METRIC_SYMBOLS if any(row["metric"] == name and row["n_prompts"] for row in cells)]
        if metrics:
            of_slices = [_line(by_metric, metrics) for by_metric in lines.values()]
            shown.append(Change(dataset, model, other, judge, metrics, of_slices))
    return shown


def _line(by_metric: dict[str, Row], metrics: list[str]) -> Line:
    name, guard = next((row["slice"], row["guard"]) for row in by_metric.values())
    cells = [difference(row, row["model"]) if (row := by_metric.get(metric)) else None for metric in metrics]
    return Line(name, guard, max(cell.n for cell in cells if cell), cells)
