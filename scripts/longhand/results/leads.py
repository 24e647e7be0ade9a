"""Which models of a table lead: all that cannot be told apart from the best."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from longhand.results.doubts import ALL_EQUAL, FEW_PROMPTS, FEWEST_PROMPTS
from longhand.results.prompt_means import PARTS, metric_values, slices
from longhand.results.statistics import PERCENT, Numbers, Paired, holm, mean_interval, paired

ERROR = 0.05
"""In so many tables at most, the model that is truly the best is not among the leaders."""


def leads(means: Mapping[str, pd.DataFrame]) -> dict[tuple[str, str, str], dict[str, bool | None]]:
    """Who leads in each slice and metric of one judge's scores of one dataset.

    Args:
        means: by model, its prompt means.

    Returns:
        (kind, slice, metric) -> model -> see `leaders`.
    """
    parts: dict[tuple[str, str], dict[str, pd.DataFrame]] = {}
    for model, frame in means.items():
        for kind, label, rows in slices(frame):
            parts.setdefault((kind, label), {})[model] = rows
    flags = {}
    for (kind, label), of_models in parts.items():
        prompts = pd.Index(list(dict.fromkeys(prompt for rows in of_models.values() for prompt in rows.index)))
        aligned = {model: rows.reindex(prompts) for model, rows in of_models.items()}
        for metric in PARTS:
            flags[kind, label, metric] = leaders({m: metric_values(rows, metric) for m, rows in aligned.items()})
    return flags


def leaders(values: Mapping[str, Numbers], scale: tuple[float, float] = PERCENT) -> dict[str, bool | None]:
    """Whether each model cannot be told apart from the one with the highest mean.

    The others are held against it one by one, on the prompts that both have, by paired t tests adjusted for how many
    there are (Holm). So the model that is truly the best is among the leaders in at least 95% of tables.

    Args:
        values: by model, as for `mean_interval`; columns are the same prompts.
        scale: of the values.

    Returns:
        None for a model under FEWEST_PROMPTS, by itself or together with the best; None for all where no
        two models can be held against each other.
    """
    estimates = {model: mean_interval(of_model, scale) for model, of_model in values.items()}
    means = {m: each.mean for m, each in estimates.items() if each.mean is not None and each.n >= FEWEST_PROMPTS}
    if len(means) < 2:
        return dict.fromkeys(values)
    best = max(means, key=lambda model: means[model])
    against_best = {model: paired(values[best], values[model], scale) for model in means if model != best}
    tested = {model: each.p for model, each in against_best.items() if each.p is not None}
    adjusted = dict(zip(tested, map(float, holm(list(tested.values()))), strict=True))
    others = {model: _cannot_be_told_apart(each, adjusted.get(model)) for model, each in against_best.items()}
    if not any(known is not None for known in others.values()):
        return dict.fromkeys(values)
    return dict.fromkeys(values) | {best: True} | others


def _cannot_be_told_apart(from_best: Paired, p: float | None) -> bool | None:
    difference = from_best.difference
    if difference.doubt == FEW_PROMPTS or difference.mean is None:
        return None
    if difference.doubt == ALL_EQUAL:  # the same difference on every prompt is one, and no test is needed
        return difference.mean < 1e-9
    return p is None or p > ERROR or difference.mean <= 0
