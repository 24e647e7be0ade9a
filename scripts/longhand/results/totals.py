"""Totals that a benchmark publishes: the mean of the published scores of several datasets, each weighing the same."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean

import numpy as np
from scipy.special import stdtrit

from longhand.results.statistics import Spread, doubts, spread
from longhand.tables.files import Row

PromptScores = Mapping[str, Sequence[float]]
"""prompt_id -> the published scores of its responses."""
Scale = tuple[float, float]
"""Lowest and highest published score."""
_UPPER = 0.975


def total_rows(
    totals: Mapping[str, Sequence[str]],
    scores: Mapping[tuple[str, str, str], PromptScores],
    scales: Mapping[str, Scale],
) -> Iterator[Row]:
    """Rows of TOTALS: of each total, for all judges and models that have any of its datasets.

    Args:
        totals: name -> its datasets.
        scores: by dataset, model and judge; nothing of a dataset that is not evaluated.
        scales: of each dataset that has scores.
    """
    for name, datasets in totals.items():
        of_total = dict.fromkeys((judge, model) for dataset, model, judge in scores if dataset in datasets)
        judges = list(dict.fromkeys(judge for judge, _ in of_total))
        for judge, model in sorted(of_total, key=lambda each: judges.index(each[0])):
            parts = {dataset: scores.get((dataset, model, judge), {}) for dataset in datasets}
            yield {"total": name, "judge": judge, "model": model} | total_of(parts, scales)


def total_of(parts: Mapping[str, PromptScores], scales: Mapping[str, Scale]) -> Row:
    """The mean of the datasets' means, and its 95% interval: the datasets are fixed, and their prompts are by chance.

    So the variance of the total is the sum of theirs over the square of their number, and the degrees of freedom are
    those of Welch and Satterthwaite. There is no total where a dataset has no score, and no interval where one of them
    has none.

    Args:
        parts: of each dataset.
        scales: of those that have scores.
    """
    spreads = {name: _spread(published, scales[name][0]) for name, published in parts.items() if published}
    means = {name: float(of_part.mean) for name, of_part in spreads.items()}
    listed = [{"dataset": name, "n_prompts": len(parts[name]), "mean": means.get(name)} for name in parts]
    total: Row = dict.fromkeys(("mean", "low", "high")) | {"parts": listed}
    if len(means) < len(parts):
        return total
    mean, (lowest, highest) = fmean(means.values()), (fmean(scales[name][end] for name in means) for end in (0, 1))
    if any(str(doubts(of_part)) for of_part in spreads.values()):
        return total | {"mean": mean}
    variances = [(float(of_part.error) ** 2, int(of_part.n)) for of_part in spreads.values()]
    variance = sum(of_part for of_part, _ in variances)
    freedom = variance**2 / sum(of_part**2 / (n - 1) for of_part, n in variances)
    reach = float(stdtrit(freedom, _UPPER)) * math.sqrt(variance) / len(variances)
    return total | {"mean": mean, "low": max(lowest, mean - reach), "high": min(highest, mean + reach)}


def _spread(published: PromptScores, lowest: float) -> Spread:
    means = np.array([[fmean(values) for values in published.values()]])
    return spread(means, means[0] <= lowest)
