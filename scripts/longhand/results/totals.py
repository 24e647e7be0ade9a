"""Totals that a benchmark publishes: the mean of the published scores of several datasets, each weighing the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean

from longhand.results.statistics import mean_of_groups
from longhand.tables.files import Row

PromptScores = Mapping[str, Sequence[float]]
"""prompt_id -> the published scores of its responses."""


def total_rows(
    totals: Mapping[str, Sequence[str]],
    scores: Mapping[tuple[str, str, str], PromptScores],
    scales: Mapping[str, tuple[float, float]],
) -> Iterator[Row]:
    """Rows of TOTALS: of each total, for all judges and models that have any of its datasets.

    Args:
        totals: name -> its datasets.
        scores: by dataset, model and judge; nothing of a dataset that is not evaluated.
        scales: lowest and highest published score, of each dataset that has scores.
    """
    for name, datasets in totals.items():
        of_total = dict.fromkeys((judge, model) for dataset, model, judge in scores if dataset in datasets)
        judges = list(dict.fromkeys(judge for judge, _ in of_total))
        for judge, model in sorted(of_total, key=lambda each: judges.index(each[0])):
            parts = {dataset: scores.get((dataset, model, judge), {}) for dataset in datasets}
            yield {"total": name, "judge": judge, "model": model} | total_of(parts, scales)


def total_of(parts: Mapping[str, PromptScores], scales: Mapping[str, tuple[float, float]]) -> Row:
    """The mean of the datasets' means, with its interval, and these means; there is none where a dataset has no score.

    Args:
        parts: of each dataset.
        scales: of those that have scores.
    """
    groups = {name: [fmean(of_prompt) for of_prompt in scores.values()] for name, scores in parts.items() if scores}
    listed = [
        {"dataset": name, "n_prompts": len(scores), "mean": fmean(groups[name]) if scores else None}
        for name, scores in parts.items()
    ]
    total: Row = dict.fromkeys(("mean", "low", "high", "doubt")) | {"parts": listed}
    if len(groups) < len(parts):
        return total
    estimate = mean_of_groups([*groups.values()], [scales[name] for name in groups])
    return total | {"mean": estimate.mean, "low": estimate.low, "high": estimate.high, "doubt": estimate.doubt}
