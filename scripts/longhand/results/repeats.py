"""What a judge's repeats leave of chance in the scores of prompts, and how many repeats would show a difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import ndtri

from longhand.results.quality import mean_quality
from longhand.results.statistics import Numbers, Spread

SHARE = {"score": 0.5, "score_q": 1.0}
"""Metric -> with what weight S_Q is in it; repeats do nothing to the others."""

LEVEL = 0.975
"""Of a two-sided interval of 95%."""
POWER = 0.8
"""The chance with which a difference shows that these prompts, or so many prompts or repeats, are said to show."""
SHOWN_ERRORS = float(ndtri(LEVEL) + ndtri(POWER))
"""A difference of so many standard errors shows with a chance of POWER."""


class Repeats(NamedTuple):
    """Of one judge: verdicts on each response, and what of the variance of a prompt's mean S_Q comes of them.

    Attributes:
        number: at least 2.
        variance: models x prompts, in points²; NaN where no response of the prompt has two verdicts.
    """

    number: int
    variance: Numbers


def repeats_of(verdicts: Mapping[str, pd.DataFrame], models: Sequence[str], prompts: Sequence[str]) -> Repeats | None:
    """Of one judge; None where no response has two verdicts.

    Args:
        verdicts: model -> prompt_id, sample, repeat, weight and score_100 of each dimension or criterion.
        models, prompts: the order of the variances.
    """
    by_model = {model: _variances(table) for model, table in verdicts.items() if len(table)}
    numbers = [table["repeat"].nunique() for table in verdicts.values()]
    variance = np.array(
        [
            by_model[model].reindex(prompts).to_numpy(dtype=float)
            if model in by_model
            else np.full(len(prompts), np.nan)
            for model in models
        ]
    )
    return None if np.isnan(variance).all() else Repeats(max(numbers), variance)


def _variances(verdicts: pd.DataFrame) -> pd.Series:
    """By prompt: of the mean over its samples of their means over repeats."""
    whole = mean_quality(verdicts, ["prompt_id", "sample", "repeat"])
    of_response = whole.groupby(level=["prompt_id", "sample"], sort=False).agg(["var", "count"])
    variances = (of_response["var"] / of_response["count"]).groupby(level="prompt_id", sort=False)
    means: pd.Series = variances.mean() / variances.count()
    return means


def repeats_needed(of: Spread, repeats: Repeats, first: Numbers, second: Numbers, share: float) -> Numbers:
    """How many repeats show a true difference of the size that was seen, with a chance of POWER; infinite: none would.

    More repeats take the part of the variance away that comes of repeats, and no other.

    Args:
        of: the differences, by pair.
        first, second: variances by `Repeats` of both models: pairs x prompts.
        share: with what weight S_Q is in the metric.
    """
    both = first + second
    known = ~np.isnan(both)
    with np.errstate(divide="ignore", invalid="ignore"):
        of_repeats = share**2 * np.where(known, both, 0).sum(axis=-1) / known.sum(axis=-1)
        allowed = of.n * (of.mean / SHOWN_ERRORS) ** 2 - (of.n * of.error**2 - of_repeats)
        needed = np.ceil(repeats.number * of_repeats / allowed)
    possible: Numbers = np.where((allowed > 0) & (needed < 1e6), needed, np.inf)
    return possible
