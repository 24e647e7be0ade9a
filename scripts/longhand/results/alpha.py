"""Krippendorff's alpha, ordinal: how far judges agree on responses, with an interval by resampling prompts."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from longhand.results.doubts import ALL_EQUAL
from longhand.results.midranks import Codes, Counted, centred_ranks, coded
from longhand.results.statistics import Estimate, Numbers, resampled_by

NO_PAIRS = "no_pairs"
"""Why there is no alpha: no response has two values."""


def alpha_interval(values: Numbers, prompts: Codes, seed: int) -> Estimate:
    """Alpha and its 95% percentile interval: evalica's own covers 58-92%, this one 95-96% (simulated).

    Args:
        values: response × judge (or repeat), NaN where there is none.
        prompts: of each response, numbered from 0 without gaps.
        seed: of the resampling.

    Returns:
        Without a value where no response has two values, or all values are equal; see `resampled_by`.
    """
    pairable = (~np.isnan(values)).sum(axis=1) >= 2
    known, numbers = values[pairable], np.unique(prompts[pairable], return_inverse=True)[1]
    if not len(known):
        return Estimate(None, None, None, 0, NO_PAIRS)
    n = int(numbers.max()) + 1
    if np.nanmax(known) == np.nanmin(known):
        return Estimate(None, None, None, n, ALL_EQUAL)
    estimate = resampled_by(n, ResampledAlpha(known, numbers).of, seed, known.size)
    return estimate._replace(mean=ordinal_alpha(known))


def ordinal_alpha(values: Numbers) -> float:
    """Alpha by evalica. See `alpha_interval` for `values`."""
    import evalica  # takes a second, with pandas
    import pandas as pd

    return float(evalica.alpha(pd.DataFrame(values.T), distance="ordinal").alpha)


class ResampledAlpha:
    """Values of responses, counted once.

    The ordinal distance of two values is that of their mid-ranks, so alpha comes from the ranks' squares and from the
    products of the ranks that stand beside each other.

    Args:
        values: response × judge, at least two of each response, NaN elsewhere.
        prompts: see `alpha_interval`.
    """

    def __init__(self, values: Numbers, prompts: Codes):
        known = ~np.isnan(values)
        codes = np.zeros(values.shape, np.int64)
        codes[known] = coded(values[known])
        self._values = Counted(np.broadcast_to(prompts[:, None], values.shape)[known], codes[known])
        share = 2 / (known.sum(axis=1) - 1)
        pairs = [(a, b, known[:, a] & known[:, b]) for a, b in combinations(range(values.shape[1]), 2)]
        lower = np.concatenate([np.minimum(codes[both, a], codes[both, b]) for a, b, both in pairs])
        upper = np.concatenate([np.maximum(codes[both, a], codes[both, b]) for a, b, both in pairs])
        of_prompt = np.concatenate([prompts[both] for _, _, both in pairs])
        self._pairs = Counted(of_prompt, lower, upper, weights=np.concatenate([share[both] for _, _, both in pairs]))

    def of(self, times: Numbers) -> Numbers:
        """Alpha in each resample (prompt × resample: how often it is drawn); NaN where all values are equal."""
        counts = self._values.in_each(times)
        ranks, number = centred_ranks(counts), counts.sum(axis=0)
        squares = np.sum(counts * ranks**2, axis=0)
        lower, upper = self._pairs.rows.T
        beside = np.sum(self._pairs.in_each(times) * ranks[lower] * ranks[upper], axis=0)
        alphas: Numbers = np.full(number.shape, np.nan)
        np.divide((squares - beside) * (number - 1), squares * number, out=alphas, where=squares > 0)
        return 1 - alphas
