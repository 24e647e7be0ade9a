"""The head of the page: the verdict in words and one picture; what was run, what it cost, what needs attention."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from markupsafe import Markup

from longhand.report import origins, wording
from longhand.report.page_tables import Page
from longhand.report.verdict import Conclusion, attention, verdict
from longhand.results.remarks import uncertified_note

OVERVIEW = "_run/overview"
"""The figure of all datasets; the name of a dataset begins with no underscore."""


SENTENCES = ((1, 3), (3, 1), (math.inf, 0))
"""Of up to so many conclusions, so many sentences stand open; the others fold away."""
NOTES = 20
"""Of what needs attention: 40 models with two judges can have 300 notes, which the tables have, too."""


class Concluded(NamedTuple):
    """What one judge (or none) says of a dataset, and that it is not certified, where that is so."""

    dataset: str
    judge: str | None
    conclusion: Conclusion
    uncertified: str | None


def panel(page: Page) -> Markup:
    """Title, verdict, picture, and a few sentences."""
    spent = page.summary("costs")
    sentences = (
        origins.costs(spent, page.summary("paid")),
        origins.durations(spent),
        origins.dates(page.summary("dates"), page.now),
    )
    conclusions = [each for dataset in page.datasets for each in _conclusions(page, dataset)]
    notes = attention([row for dataset in page.datasets for row in page.leaderboard(dataset)])
    return page.filled(
        "overview",
        lede=_lede(page),
        facts=" ".join(filter(None, sentences)),
        demo=page.demo,
        conclusions=conclusions,
        several={name: len({getattr(each, name) for each in conclusions}) > 1 for name in ("dataset", "judge")},
        shown=next(n for most, n in SENTENCES if len(conclusions) <= most),
        notes=notes[:NOTES],
        more_notes=len(notes[NOTES:]),
        picture=page.figure(
            OVERVIEW if len(page.datasets) > 1 else f"{page.datasets[0]}/standing" if page.datasets else ""
        ),
    )


def _conclusions(page: Page, dataset: str) -> Iterator[Concluded]:
    """A judge after the other; what was not judged stands for itself."""
    rows = page.leaderboard(dataset)
    for judge in dict.fromkeys(row["judge"] for row in rows):
        of_judge = [row for row in rows if row["judge"] == judge]
        conclusion = verdict(of_judge, page.comparison(dataset, judge=judge))
        yield Concluded(dataset, judge, conclusion, uncertified_note(of_judge))


def _lede(page: Page) -> str:
    """One line on what was run."""
    if not page.datasets:
        what = "Judges held against labels" if page.certification else "Data that models wrote for training"
        return f"{what}; nothing is evaluated."
    prompts = sum(row["n"] for row in page.prompts.values())
    responses = sum(row["n"] for row in page.summary("answers", judge=None))
    line = wording.counted(len(page.models), "model")
    line += f", {wording.counted(responses, 'response')}" if responses else ""
    line += f" to {wording.counted(prompts, 'prompt')}" if responses and prompts else ""
    line += f" of {wording.listed(page.datasets)}"
    if not page.judges:
        return line + "; lengths only, nothing was judged."
    judged = [name for name in page.datasets if any(board.judge for board in page.boards[name])]
    only = f"{wording.listed(judged)} " if 0 < len(judged) < len(page.datasets) else ""
    names = [f"panel {name}" if name in page.settings.panels else name for name in page.judges]
    return line + f"; {only}judged by {wording.listed(names)}."
