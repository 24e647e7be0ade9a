"""The audits of preference pairs."""

from __future__ import annotations

from markupsafe import Markup

from longhand.report.audits import audit_parts
from longhand.report.page_tables import Page


def panel(page: Page) -> Markup:
    """Empty where there are no pairs."""
    names = dict.fromkeys(row["name"] for row in page.summary("audits"))
    audits = {
        name: (page.settings.pairs.get(name, {}), audit_parts(page.summary("audits", name=name))) for name in names
    }
    return page.filled("pairs", audits=audits) if audits else Markup()
