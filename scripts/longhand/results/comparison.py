"""Every two models on the prompts that both have: differences by prompt, their intervals, and what could show.

The unit is the prompt: samples of a prompt are averaged first. The interval is of the differences, so that it is not
widened by how prompts differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import ndtri, stdtrit

from longhand.results.doubts import ZEROS_DECIDE
from longhand.results.prompt_means import GUARDED, PARTS, counted_rows, evaluated, judged_by, prompt_means, slices
from longhand.results.repeats import LEVEL, POWER, SHARE, SHOWN_ERRORS, Repeats, repeats_needed, repeats_of
from longhand.results.statistics import Numbers, Spread, difference_spread, doubts, p_values, t_ends
from longhand.results.win_rates import win_rate_rows
from longhand.tables.files import Row

_DIFFERENCES = (-100.0, 100.0)
_MOST_PROMPTS = 1e9  # a difference that takes more prompts comes of rounding: no number of prompts shows it
_BATCH = 4_000_000  # numbers at a time, so that memory does not grow with the pairs


class Pair(NamedTuple):
    """Two models by their numbers; `trained`: the first was made of the second here."""

    model: int
    other: int
    trained: bool


class ModelValues(NamedTuple):
    """What one judge (None: nobody) makes of all models on a dataset.

    Attributes:
        judge: its name.
        values: score_l, score_q and each dimension -> models x prompts, NaN where there is no value.
        prompts: what is known of the prompts, in the same order: kinds of slices and `required`.
        repeats: None where its verdicts are given once, or nobody judges.
    """

    judge: str | None
    values: dict[str, Numbers]
    prompts: pd.DataFrame
    repeats: Repeats | None = None


def pairs_of(models: Sequence[str], made_of: Mapping[str, str]) -> list[Pair]:
    """Each two models once, in order, but a trained model before the one that it is made of.

    Args:
        models: names.
        made_of: trained model -> the model before.
    """
    pairs = []
    for first, second in combinations(range(len(models)), 2):
        if made_of.get(models[second]) == models[first]:
            pairs.append(Pair(second, first, True))
        else:
            pairs.append(Pair(first, second, made_of.get(models[first]) == models[second]))
    return pairs


def judged_values(
    scores: Mapping[str, pd.DataFrame],
    dimensions: Mapping[str, Sequence[str]],
    missing: str,
    verdicts: Mapping[str, Mapping[str, pd.DataFrame]] | None = None,
) -> Iterator[ModelValues]:
    """The prompt means of all models, judge by judge.

    Args:
        scores: model -> its table of scores.
        dimensions: judge -> what it scores; without any, lengths alone are compared.
        missing: as for the leaderboard.
        verdicts: judge -> model -> its verdicts, of judges with repeats; see `repeats_of`.
    """
    rows = {model: evaluated(table, dimensions) for model, table in scores.items()}
    present = {judge for table in rows.values() for judge in table["judge"].dropna().unique()}
    judges: list[str | None] = [name for name in dimensions if name in present]
    for judge in judges or [None]:
        columns = ["score_l", "score_q", *(dimensions[judge] if judge else ())]
        means = [
            prompt_means(counted_rows(judged_by(table, judge), columns[1:], missing), columns)
            for table in rows.values()
        ]
        prompts = pd.concat([table.drop(columns=columns) for table in means])
        prompts = prompts[~prompts.index.duplicated()]
        values = {
            name: np.array([table[name].reindex(prompts.index).to_numpy(dtype=float) for table in means])
            for name in columns
        }
        repeated = (verdicts or {}).get(judge or "")
        repeats = repeats_of(repeated, list(rows), list(prompts.index)) if repeated else None
        yield ModelValues(judge, values, prompts, repeats)


def comparison_rows(models: Sequence[str], pairs: Sequence[Pair], judged: ModelValues) -> Iterator[Row]:
    """The columns of COMPARISON from `judge` on.

    All slices have the metrics of PARTS; `all` also the judge's dimensions, where it has several. Where two models
    share no prompt there is no row, but for the short ranges of a trained model.
    """
    every_prompt = np.arange(len(judged.prompts))
    trained = any(pair.trained for pair in pairs)
    for part in slices(judged.prompts.assign(place=every_prompt), guarded=trained):
        places = part.rows["place"].to_numpy(dtype=int)
        guarded_range = part.kind == "range" and part.label in GUARDED
        of_dataset = (part.rows[part.kind] == part.label).any() if guarded_range else True
        chosen = pairs if of_dataset else [pair for pair in pairs if pair.trained]
        for metric, columns in metrics_of(judged, whole=part.kind == "all").items():
            values = np.stack([judged.values[name][:, places] for name in columns], axis=1)
            repeats = judged.repeats and judged.repeats._replace(variance=judged.repeats.variance[:, places])
            for pair, row in _differences(values, chosen, repeats, SHARE.get(metric, 0.0)):
                guard = pair.trained and guarded_range
                if row["n_prompts"] or guard:
                    yield {
                        "judge": judged.judge,
                        "slice_kind": part.kind,
                        "slice": part.label,
                        "metric": metric,
                        "model": models[pair.model],
                        "other": models[pair.other],
                        "trained": pair.trained,
                        "guard": guard,
                        "repeats": judged.repeats.number if judged.repeats else None,
                        **row,
                    }


def metrics_of(judged: ModelValues, *, whole: bool) -> dict[str, Sequence[str]]:
    """Metric -> the columns that it is the mean of; dimensions only of `whole`, where there are several."""
    dimensions = [name for name in judged.values if name not in PARTS["score"]]
    more = {name: (name,) for name in dimensions} if whole and len(dimensions) > 1 else {}
    return {**(PARTS if judged.judge else {"score_l": PARTS["score_l"]}), **more}


def _differences(
    values: Numbers, pairs: Sequence[Pair], repeats: Repeats | None, share: float
) -> Iterator[tuple[Pair, Row]]:
    """Args: values: models x columns of the metric x prompts; share: of S_Q in the metric."""
    batch = max(1, _BATCH // max(1, values[0].size))
    for start in range(0, len(pairs), batch):
        some = pairs[start : start + batch]
        first, second = [pair.model for pair in some], [pair.other for pair in some]
        spread, *means = difference_spread(values[first], values[second])
        more = np.full(len(some), np.nan)
        if repeats and share:
            more = repeats_needed(spread, repeats, repeats.variance[first], repeats.variance[second], share)
        yield from zip(some, _rows(spread, means, more), strict=True)


def _rows(spread: Spread, means: Sequence[Numbers], more_repeats: Numbers) -> Iterator[Row]:
    low, high = t_ends(spread, _DIFFERENCES)
    reasons = doubts(spread)
    # A few zeros widen an interval: one with 0 in it holds the difference in 97 of 100 simulated tables or more.
    reasons[(reasons == ZEROS_DECIDE) & (low <= 0) & (high >= 0)] = ""
    shown_with_interval = {
        "low": low,
        "high": high,
        "p": p_values(spread),
        "detectable": detectable(spread),
        "prompts_needed": prompts_needed(spread),
        "repeats_needed": more_repeats,
    }
    columns = {
        "n_prompts": spread.n,
        "mean_model": means[0],
        "mean_other": means[1],
        "difference": spread.mean,
        "deviation": spread.error * np.sqrt(spread.n),
        **{name: np.where(reasons == "", numbers, np.nan) for name, numbers in shown_with_interval.items()},
    }
    table = zip(*(column.tolist() for column in columns.values()), strict=True)
    for numbers, doubt in zip(table, reasons.tolist(), strict=True):
        row = {name: number if np.isfinite(number) else None for name, number in zip(columns, numbers, strict=True)}
        whole = {name: None if (n := row[name]) is None else int(n) for name in ("prompts_needed", "repeats_needed")}
        yield row | whole | {"doubt": doubt or None}


def detectable(of: Spread) -> Numbers:
    """The smallest true difference that an interval of these prompts leaves 0 out of with a chance of POWER.

    2.8 standard errors with many prompts, 3.3 with eight: the quantiles are those of t.
    """
    freedom = np.where(of.n > 1, of.n - 1.0, np.nan)
    size: Numbers = (stdtrit(freedom, LEVEL) + stdtrit(freedom, POWER)) * of.error
    return size


def prompts_needed(of: Spread) -> Numbers:
    """How many prompts show a true difference of the size that was seen, with a chance of POWER; infinite over 10⁹.

    With the quantiles of the normal distribution, and what t takes more (Guenther, Sample size formulas for normal
    theory T tests, The American Statistician 35, 1981).
    """
    deviation = of.error * np.sqrt(of.n)
    with np.errstate(divide="ignore", invalid="ignore"):
        number = (SHOWN_ERRORS * deviation / np.abs(of.mean)) ** 2 + ndtri(LEVEL) ** 2 / 2
    needed: Numbers = np.ceil(np.where(number < _MOST_PROMPTS, number, np.inf))
    return needed


def rates_by_metric(models: Sequence[str], judged: ModelValues, seed: int) -> Iterator[Row]:
    """The columns of WIN_RATES from `judge` on, of all prompts of a dataset. See `win_rate_rows`."""
    for metric, columns in metrics_of(judged, whole=False).items():
        scores = np.mean([judged.values[name] for name in columns], axis=0)
        for row in win_rate_rows(models, scores, seed):
            yield {"judge": judged.judge, "metric": metric, **row}
