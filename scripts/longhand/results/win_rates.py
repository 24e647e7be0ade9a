"""How often a model's responses score higher than another's: Bradley–Terry strengths from preferences by prompt.

Of two models on one prompt the higher score wins; equal scores are half a win for each. Half a win and half a loss are
added to each pair of models: without them a model that nothing beats has no finite strength, and `evalica` returns 1e-6
for all models. `evalica` (Ustalov 2024) finds the strengths by Newman's iteration (2023).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from longhand.results.doubts import ALL_EQUAL, FEW_PROMPTS, FEWEST_PROMPTS
from longhand.results.repeats import LEVEL
from longhand.results.statistics import PERCENT, Numbers
from longhand.tables.files import Row

ADDED = 0.5
"""Wins of each model over each other that are added, so that strengths are finite."""

ONE_SIDED = "one_sided"
"""Why a win rate has no interval: it has fewer wins or losses than FEWEST_RESULTS, ties being half of each, and one
more would change it."""
FEWEST_RESULTS = 5

_DIGITS = 9  # of a score that count: means of equal scores may differ in the last ones
_RESAMPLES = 500  # enough for a standard error, whose own error is then 3%
_TOLERANCE, _ROUNDS = 1e-8, 100_000  # evalica stops at 1e-6, or after 100 rounds, else


def win_rate_rows(models: Sequence[str], scores: Numbers, seed: int) -> list[Row]:
    """A row for each model: the columns of WIN_RATES from `model` on.

    Args:
        models: their names.
        scores: models x prompts, on any scale; NaN where a model has none. A prompt counts for those models that have
            a score on it, where two of them do. A model without such a prompt is left out.
        seed: of the resampling of prompts.

    Returns:
        `strength`: odds of a win against a model of strength 1, which is the geometric mean of all. `win_rate`: the
        probability of a win over another model, in percent, as the strengths give it, averaged over the others; with
        its 95% interval by Student's t. `wins`, `losses`, `ties`: over all prompts and other models, without what is
        added.
    """
    known = ~np.isnan(scores)
    present = (known & (known.sum(axis=0) > 1)).any(axis=1)
    models, scores = [model for model, counts in zip(models, present, strict=True) if counts], scores[present]
    if not models:
        return []
    wins = _wins(scores)
    strengths = _strengths(len(models), wins.sum(axis=1))
    rates, errors = _win_rates(strengths), _standard_errors(len(models), wins, seed)
    return [
        {"model": model, **_row(_results(scores, i), float(strengths[i]), float(rates[i]), float(errors[i]))}
        for i, model in enumerate(models)
    ]


def _row(results: Numbers, strength: float, rate: float, error: float) -> Row:
    """Of one model, with its results against the others and the standard error of its rate."""
    n_prompts = int((~np.isnan(results)).any(axis=0).sum())
    counts = {
        "wins": int((results > 0).sum()),
        "losses": int((results < 0).sum()),
        "ties": int((results == 0).sum()),
    }
    fewer = min(counts["wins"], counts["losses"]) + counts["ties"] / 2
    low = high = doubt = None
    if n_prompts < FEWEST_PROMPTS:
        doubt = FEW_PROMPTS
    elif error < 1e-9:
        doubt = ALL_EQUAL
    elif fewer < FEWEST_RESULTS:
        doubt = ONE_SIDED
    else:
        reach = float(stdtrit(n_prompts - 1, LEVEL)) * error * np.sqrt(n_prompts / (n_prompts - 1))
        low, high = max(rate - reach, PERCENT[0]), min(rate + reach, PERCENT[1])
    return {"n_prompts": n_prompts, **counts, "strength": strength, "win_rate": rate} | {
        "low": low,
        "high": high,
        "doubt": doubt,
    }


def _results(scores: Numbers, number: int) -> Numbers:
    """Of one model against the others: others x prompts, 1 a win, 0 a tie, -1 a loss, NaN where one has no score."""
    rounded = np.round(scores, _DIGITS)
    results: Numbers = np.sign(rounded[number] - np.delete(rounded, number, axis=0))
    return results


def _wins(scores: Numbers) -> Numbers:
    """Ordered pairs of different models x prompts: 1 where the first wins, 0.5 for a tie, 0 else."""
    results = np.concatenate([_results(scores, number) for number in range(len(scores))])
    return np.nan_to_num((results + 1) / 2)


def _strengths(models: int, wins: Numbers) -> Numbers:
    """Strengths with a geometric mean of 1, from the wins of ordered pairs of different models."""
    import evalica  # takes half a second, and a run with one model needs it not

    first, second = np.nonzero(~np.eye(models, dtype=bool))
    fit = evalica.bradley_terry(
        first.tolist(),
        second.tolist(),
        [evalica.Winner.X] * len(first),
        index=pd.Index(range(models)),
        weights=wins + ADDED,
        tolerance=_TOLERANCE,
        limit=_ROUNDS,
    )
    strengths: Numbers = fit.scores.sort_index().to_numpy(dtype=float)
    return strengths


def _win_rates(strengths: Numbers) -> Numbers:
    """In percent, the mean over the other models."""
    chances = strengths[:, None] / (strengths[:, None] + strengths[None, :])
    rates: Numbers = 100 * (chances.sum(axis=1) - 0.5) / (len(strengths) - 1)
    return rates


def _standard_errors(models: int, wins: Numbers, seed: int) -> Numbers:
    """Of the win rates, by resampling prompts. Percentiles of the resamples would cover 88% with 8 prompts, not 95%."""
    prompts = wins.shape[1]
    times = np.random.default_rng(seed).multinomial(prompts, np.full(prompts, 1 / prompts), _RESAMPLES)
    different, places = np.unique(times @ wins.T, axis=0, return_inverse=True)  # with two models, few are
    rates = np.array([_win_rates(_strengths(models, each)) for each in different])[places]
    errors: Numbers = rates.std(axis=0, ddof=1)
    return errors
