"""The audits of preference pairs."""

from __future__ import annotations

from markupsafe import Markup

from longhand.report.audits import read_audit
from longhand.report.page_tables import Page


def panel(page: Page) -> Markup:
    """Empty where there are no pairs."""
    audits = {name: (page.settings.pairs.get(name, {}), read_audit(path)) for name, path in page.inputs.audits.items()}
    return page.filled("pairs", audits=audits) if audits else Markup()
