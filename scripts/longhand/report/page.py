"""Puts the page together: the panels of each dataset, then those of the whole run, in the order of the page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from markupsafe import Markup

from longhand.report.marks import colour_rules
from longhand.report.page_files import PageFiles
from longhand.report.page_tables import Page
from longhand.report.panels import (
    agentwrite,
    agreement,
    certification,
    comparison,
    criteria,
    dimensions,
    health,
    kinds,
    leaderboard,
    length_bias,
    lengths,
    made,
    metrics,
    overview,
    pairs,
    prompts,
    ranges,
    reach,
    readings,
    rewards,
    rules,
    samples,
    setup,
    states,
    succession,
    totals,
    training,
    win_rates,
)
from longhand.report.scripts import page_scripts
from longhand.summary.settings import ReportSettings


class Section(NamedTuple):
    """A part of the page with a heading, that the contents link to."""

    id: str
    title: str
    panels: list[Markup]


OF_DATASET: tuple[Callable[[Page, str], Markup], ...] = (
    prompts.panel,
    leaderboard.panel,
    succession.panel,
    comparison.panel,
    win_rates.panel,
    ranges.panel,
    reach.panel,
    lengths.panel,
    rules.panel,
    kinds.panel,
    dimensions.panel,
    criteria.panel,
    agreement.panel,
    length_bias.panel,
    rewards.panel,
    metrics.panel,
    health.panel,
    states.panel,
    agentwrite.panel,
    readings.panel,
    samples.panel,
)

OF_RUN: tuple[tuple[str, str, Callable[[Page], Markup]], ...] = (
    ("totals", "Totals as published", totals.panel),
    ("certification", "Judges held against labels", certification.panel),
    ("training", "Before and after training", training.panel),
    ("made", "Data made here", made.panel),
    ("pairs", "Preference pairs", pairs.panel),
    ("setup", "What was run", setup.panel),
)
"""Each a section of its own: its id, its heading, its panel."""


def render(files: PageFiles, settings: ReportSettings, now: datetime) -> str:
    """The whole page."""
    page = Page(files, settings, now)
    sections = [
        Section(page.key(name), name, [each for panel in OF_DATASET if (each := panel(page, name))])
        for name in page.datasets
    ]
    sections += [Section(key, title, [shown]) for key, title, panel in OF_RUN if (shown := panel(page))]
    return page.of_template(
        "template.html.jinja",
        title=settings.title,
        overview=overview.panel(page),
        sections=sections,
        demo=page.demo,
        colours=colour_rules(page.marks.values()),
        scripts=page_scripts(charts=page.has_figures),
    )
