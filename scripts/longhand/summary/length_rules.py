"""The length rules side by side: how each scores the same responses, and in which order that puts the models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from longhand.results.doubts import ALL_EQUAL, FEWEST_PROMPTS
from longhand.results.leads import ERROR, leaders
from longhand.results.prompt_means import prompt_means
from longhand.results.statistics import Estimate, Numbers, holm, mean_interval, paired
from longhand.summary.inputs import Source, read_scored
from longhand.tables.files import Row
from longhand.text.length import COUNTERS, LENGTH_RULES, LengthRule

_EQUAL = 1e-9  # a difference below it comes of rounding

Order = dict[tuple[str, str], bool]
"""(model, other) -> whether the model is better for sure."""


def length_rule_tables(scores: Sequence[Source], dataset_rule: str) -> tuple[list[Row], list[Row]]:
    """The rows of LENGTH_RULE_MEANS and of LENGTH_RULE_WORDS of all models on one dataset.

    Only responses count that all rules apply to which apply to any response, so that rules are compared on the same
    texts. There are no rows where fewer than two rules apply.

    Args:
        scores: a table per model.
        dataset_rule: the dataset's length rule, by its name; it comes first.
    """
    columns = [*(rule.column for rule in LENGTH_RULES.values()), *(counter.column for counter in COUNTERS)]
    tables = {source: read_scored(source.path, ["prompt_id", "required", *columns]).to_pandas() for source in scores}
    rules = [
        rule for rule in LENGTH_RULES.values() if any(table[rule.column].notna().any() for table in tables.values())
    ]
    if len(rules) < 2:
        return [], []
    rules.sort(key=lambda rule: rule.name != dataset_rule)
    rows = {source: table.dropna(subset=[rule.column for rule in rules]) for source, table in tables.items()}
    means = {source: prompt_means(table, columns) for source, table in rows.items()}
    return list(_mean_rows(rows, means, rules)), list(_word_rows(means))


def _mean_rows(
    rows: Mapping[Source, pd.DataFrame], means: Mapping[Source, pd.DataFrame], rules: Sequence[LengthRule]
) -> Iterator[Row]:
    prompts = list(dict.fromkeys(prompt for frame in means.values() for prompt in frame.index))
    first: Order | None = None
    for rule in rules:
        values = {s.model: frame.reindex(prompts)[rule.column].to_numpy(float) for s, frame in means.items()}
        estimates = {model: mean_interval(of_model) for model, of_model in values.items()}
        leading = leaders({model: np.atleast_2d(of_model) for model, of_model in values.items()})
        better = order_of(values)
        first = better if first is None else first
        ranks = _ranks(estimates, better)
        for source in means:
            model, estimate = source.model, estimates[source.model]
            yield {
                "dataset": source.dataset,
                "model": model,
                "rule": rule.name,
                "n": len(rows[source]),
                "n_prompts": estimate.n,
                "mean": estimate.mean,
                "low": estimate.low,
                "high": estimate.high,
                "doubt": estimate.doubt,
                "leads": leading[model],
                "rank": ranks[model],
                "above": sum(better[model, other] and first[other, model] for other in values if other != model),
                "below": sum(better[other, model] and first[model, other] for other in values if other != model),
            }


def _word_rows(means: Mapping[Source, pd.DataFrame]) -> Iterator[Row]:
    for source, frame in means.items():
        for counter in COUNTERS:
            words = float(frame[counter.column].mean()) if len(frame) else None
            key = {"dataset": source.dataset, "model": source.model}
            yield key | {"counter": counter.column, "words": words}


def order_of(values: Mapping[str, Numbers]) -> Order:
    """Which models are better than which, of all pairs, on the prompts that both have: by paired t tests with Holm.

    So in 95% of tables of equal models there is no such pair. Under FEWEST_PROMPTS none is.

    Args:
        values: by model, one number per prompt, NaN where there is none; the prompts are the same ones.
    """
    pairs = {pair: paired(values[pair[0]], values[pair[1]]) for pair in combinations(values, 2)}
    tested = {pair: each.p for pair, each in pairs.items() if each.p is not None}
    adjusted = dict(zip(tested, holm(list(tested.values())), strict=True))
    better = {}
    for (model, other), each in pairs.items():
        mean, doubt = each.difference.mean or 0.0, each.difference.doubt
        always = doubt == ALL_EQUAL and abs(mean) > _EQUAL  # the same difference on every prompt
        sure = always or adjusted.get((model, other), 1.0) < ERROR
        better[model, other], better[other, model] = sure and mean > 0, sure and mean < 0
    return better


def _ranks(estimates: Mapping[str, Estimate], better: Order) -> dict[str, int | None]:
    """One more than the models that are better for sure; None under FEWEST_PROMPTS, and for a single model."""
    ranked = [model for model, each in estimates.items() if each.n >= FEWEST_PROMPTS]
    several = len(ranked) > 1
    return {
        model: 1 + sum(better[other, model] for other in ranked if other != model)
        if several and model in ranked
        else None
        for model in estimates
    }
