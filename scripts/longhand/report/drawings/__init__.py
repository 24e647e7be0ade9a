"""The report's figures: which rows each chart shows. Only `draw_figures` imports this room's charts.

A drawing is `{name}.py` with `drawings(page, dataset) -> Iterator[Drawing]`; a panel shows it by its name
(`page.figure(name)`). Its name is a path under results/figures: the dataset, then the chart, a judge or model after it.
"""
