"""The panels of the report, each a file of its own with its template.

A panel shows one thing: `{name}.py` has `panel(page: Page, dataset: str) -> Markup` where it is about a dataset, or
`panel(page: Page) -> Markup` where it is about the whole run, and `{name}.html.jinja` is what it fills
(`page.filled(name, ...)`). It reads tables that others computed, picks and words what is shown, and computes nothing.
Empty Markup means that there is nothing to show. `longhand.report.page` lists the panels in the order of the page.
"""
