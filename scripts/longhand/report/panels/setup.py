"""What was run: settings, names that servers reported, versions that made the tables."""

from __future__ import annotations

from markupsafe import Markup

from longhand.report import origins
from longhand.report.described import described
from longhand.report.page_tables import Page


def panel(page: Page) -> Markup:
    """Settings as they were given."""
    settings = page.settings
    setups = {
        "Models": {name: described(settings.models.get(name, {})) for name in page.all_models},
        "Judges": {name: described(settings.judges.get(name, {})) for name in page.all_judges},
        "Datasets": {name: described(settings.datasets.get(name, {})) for name in page.datasets},
        "Self-Lengthen": {name: described(recipe) for name, recipe in settings.self_lengthen.items()},
    }
    whole = {"seed": settings.seed, "missing verdicts": settings.missing, "least coverage": settings.min_coverage}
    return page.filled(
        "setup",
        setups=setups,
        reported=page.summary("reported_names"),
        whole=described({name: value for name, value in whole.items() if value is not None}),
        versions=origins.versions(page.summary("versions")),
    )
