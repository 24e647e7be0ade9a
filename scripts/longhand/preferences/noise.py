"""How much of a margin a judge would give to equal answers: measured on its repeats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from longhand.results.quality import mean_quality
from longhand.tables.files import read_table
from longhand.tables.schemas import JUDGEMENTS

_KEYS = ["model", "prompt_id", "sample"]
_JUDGED = ["prompt_id", "sample", "repeat", "weight", "score_100"]
_USUAL = 0.95  # of the margins of equal answers are within the limit
_PLACES = np.linspace(-8, 8, 401)  # of the best of them, in standard errors
_SPREADS = (np.arange(200) + 0.5) / 200  # quantiles at which the estimate of the standard error is looked at


@dataclass(frozen=True)
class Noise:
    """What a judge's repeats say.

    Attributes:
        deviation: standard error of a response's S_Q (the mean of its repeats), pooled; points of 0-100.
        of_reward: the same of its reward, which counts S_Q by its weight.
        responses: behind both.
        freedom: degrees of freedom of both.
    """

    deviation: float
    of_reward: float
    responses: int
    freedom: int

    def limit(self, candidates: int, rejected: str) -> float:
        """The margin that the pair of so many equal answers exceeds 1 time in 20; points of the reward.

        The best is taken of all of them, so that the limit grows with their number: one that is made for two is
        exceeded by the best and the worst of ten in 63% of prompts.

        Args:
            candidates: 2 or more.
            rejected: worst, or random: any other than the best.
        """
        return self.of_reward * _best_of(candidates, rejected == "worst", self.freedom)


@cache
def _best_of(candidates: int, worst: bool, freedom: int) -> float:
    """95% quantile of the best of equal normal values less the worst, or another; in estimated standard errors.

    Against the worst it is the studentized range's. For the best at x, each other is within t of it with probability
    (P(x) - P(x - t)) / P(x), P being the normal distribution.
    """
    from scipy.special import chdtri, ndtr

    estimates = np.sqrt(chdtri(freedom, 1 - _SPREADS) / freedom)
    below = ndtr(_PLACES)
    density = np.exp(-(_PLACES**2) / 2)
    others = density if worst else density * below ** (candidates - 2)

    def within(limit: float) -> float:
        near = below - ndtr(_PLACES - limit * estimates[:, None])
        weights = others * (near ** (candidates - 1) if worst else near)
        return float(weights.sum(axis=1).mean()) / float((others * below ** (candidates - 1 if worst else 1)).sum())

    low, high = 0.0, 1.0
    while within(high) < _USUAL:
        low, high = high, 2 * high
    while high - low > 1e-6 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if within(middle) < _USUAL else (low, middle)
    return high


def read_verdicts(judgements: list[Path]) -> pd.DataFrame:
    """What `measured_noise` needs of tables at …/{model}/judgements/{judge}.parquet; `model` is of their folders."""
    tables = [(path.parents[1].name, read_table(path, JUDGEMENTS, _JUDGED)) for path in judgements]
    parts = [table.to_pandas().assign(model=model) for model, table in tables]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*_JUDGED, "model"])


def measured_noise(verdicts: pd.DataFrame, weights: Mapping[str, float]) -> Noise | None:
    """The noise of one judge; None where no response has two verdicts that could be read.

    Args:
        verdicts: model, prompt_id, sample, repeat, weight and score_100 of each dimension or criterion.
        weights: of length and quality in the reward.
    """
    each = mean_quality(verdicts, [*_KEYS, "repeat"])
    spread = each.groupby(_KEYS).agg(["var", "count"]).dropna()
    if spread.empty:
        return None
    deviation = float(np.sqrt((spread["var"] / spread["count"]).mean()))
    share = weights["quality"] / (weights["length"] + weights["quality"])
    return Noise(deviation, share * deviation, len(spread), int((spread["count"] - 1).sum()))
