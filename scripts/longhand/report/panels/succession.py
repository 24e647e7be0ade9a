"""What an old judge would give: the line from a new judge's scores, its anchors, and the models' bridged scores."""

from __future__ import annotations

import math
from dataclasses import dataclass

from markupsafe import Markup

from longhand.report.differences import signed
from longhand.report.marks import Mark
from longhand.report.page_tables import Page
from longhand.report.wording import counted, fixed
from longhand.results.bridged_words import FEW_ANCHORS, bridged_estimate, why_not
from longhand.results.remarks import best_first
from longhand.tables.files import Row


@dataclass(frozen=True)
class BridgedModel:
    """A model of the leaderboard: its bridged score with the interval, or why there is none."""

    mark: Mark
    score_q: float | None
    estimate: str | None
    reason: str | None


@dataclass(frozen=True)
class Continued:
    """One new judge: what is said of its line, the line's row of SUCCESSION, and the models that it judged."""

    line: Row
    summary: str
    models: list[BridgedModel]


def panel(page: Page, dataset: str) -> Markup:
    """Empty where no judge takes another's place."""
    board = [row for row in page.leaderboard(dataset) if row["slice_kind"] == "all"]
    shown = []
    for line in page.succession(dataset):
        rows = sorted((row for row in board if row["judge"] == line["judge"]), key=best_first)
        shown.append(Continued(line, _summary(line), [_model(page.marks[row["model"]], row) for row in rows]))
    return page.filled("succession", shown=shown, left_out=LEFT_OUT, signed=signed) if shown else Markup()


LEFT_OUT = {"few_prompts": "left out: under 8 prompts", "twice": "left out: its scores are those of another anchor"}


def _model(mark: Mark, row: Row) -> BridgedModel:
    reason = None if row["bridged_doubt"] is None else FEW_ANCHORS
    if row["bridged"] is None and row["bridged_doubt"] is not None:
        reason = why_not(row["bridged_doubt"])
    return BridgedModel(mark, row["score_q"], bridged_estimate(row), reason)


def _off(line: Row) -> float:
    """The root mean square of what is shown for the anchors; `error` of the line is at the place of their mean."""
    errors = [anchor["error"] for anchor in line["anchors"] if anchor["error"] is not None]
    return math.sqrt(sum(error**2 for error in errors) / len(errors))


def _summary(line: Row) -> str:
    """What the line is, and how well it tells an anchor that it was not made of."""
    texts = f"{counted(line['n_texts'], 'text')} of {counted(line['n_systems'], 'anchor')}"
    both = (
        f"{line['judge']} and {line['bridged_to']} judged the same {texts}, on {counted(line['n_prompts'], 'prompt')}."
    )
    if line["slope"] is None:
        return f"{both} There is no line between them: {why_not(line['doubt'])}."
    sign, intercept = "+" if line["intercept"] >= 0 else "−", fixed(abs(line["intercept"]))
    slope = fixed(line["slope"], 2).replace("-", "−")
    formula = f"S_Q by {line['bridged_to']} = {slope} × S_Q by {line['judge']} {sign} {intercept}"
    few = f" {FEW_ANCHORS[0].upper()}{FEW_ANCHORS[1:]}." if line["exploratory"] else ""
    off = f"An anchor that the line was not made of is off by about {fixed(_off(line))} points."
    return f"{both} The line: {formula}. {off}{few}"
