"""How far judges agree with each other and with themselves, and where the noise of S_Q comes from.

Compared are scores on 0-100 of the same responses. Means go over repeats, then samples, then models, then prompts, and
prompts are what intervals are by. Verdicts that could not be read are left out. A criterion of one prompt is none of
another's, so judges by criteria are compared by S_Q alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from longhand.results.alpha import alpha_interval
from longhand.results.doubts import ALL_EQUAL, FEW_PROMPTS, FEWEST_PROMPTS
from longhand.results.noise_parts import ONE_REPEAT, judge_by_model, noise_parts
from longhand.results.quality import mean_quality, quality_of_responses
from longhand.results.rank_correlation import grouped_spearman
from longhand.results.statistics import Estimate, Numbers, mean_interval, resampled_by
from longhand.tables.files import Row

RESPONSE = ["model", "prompt_id", "sample"]
SCORE_Q = "score_q"
ONE_JUDGE, NO_VERDICTS = "one_judge", "no_verdicts"
DIFFERENCES = (-100.0, 100.0)


def agreement_rows(verdicts: pd.DataFrame, judges: Sequence[str], seed: int) -> Iterator[Row]:
    """What the verdicts on one dataset say of its judges: columns of AGREEMENT but `dataset`.

    Args:
        verdicts: model, prompt_id, sample, judge, repeat, dimension, weight and score_100 of all judges and models.
        judges: their names, in order.
        seed: of the resampling.
    """
    of_judges = {judge: verdicts[verdicts["judge"] == judge] for judge in judges}
    repeats = {judge: _by_dimension(of_judge) for judge, of_judge in of_judges.items()}
    scores = {judge: _of_responses(of_judge, repeats[judge]) for judge, of_judge in of_judges.items()}
    yield from _between_judges(scores, seed)
    for judge, table in repeats.items():
        yield from _between_repeats(judge, table, seed)
    for judge, table in repeats.items():
        yield from _noise(judge, table[SCORE_Q].dropna())
    yield from _judge_by_model(scores)


def same_model_rows(
    verdicts: pd.DataFrame, judges: Sequence[str], same: Mapping[str, Mapping[str, Sequence[str]]]
) -> Iterator[Row]:
    """A row for each judge and other judge, or model that it judged, that are the same model.

    Args:
        verdicts, judges: as for `agreement_rows`.
        same: judge -> {judges, models}: the names of those.
    """
    for judge in judges:
        by_judge = verdicts[verdicts["judge"] == judge]
        for model, rows in by_judge.groupby("model", sort=False):
            if model in same[judge]["models"]:
                n = rows["prompt_id"].nunique()
                yield _row("same", "model", None, "", judge=judge, model=model, n=n, doubt=None)
        for other in judges[judges.index(judge) + 1 :]:
            if other in same[judge]["judges"]:
                n = by_judge["prompt_id"].nunique()
                yield _row("same", "judge", None, "", judge=judge, other=other, n=n, doubt=None)


def _by_dimension(verdicts: pd.DataFrame) -> pd.DataFrame:
    """One judge's scores by response and repeat, a column for each dimension and S_Q."""
    quality = mean_quality(verdicts, [*RESPONSE, "repeat"]).sort_index()
    by_dimension = verdicts[verdicts["weight"].isna()].set_index([*RESPONSE, "repeat", "dimension"])["score_100"]
    grades = by_dimension.unstack("dimension").astype(float).reindex(quality.index)
    dimensions = [name for name in dict.fromkeys(verdicts["dimension"]) if name in grades]
    return grades[dimensions].assign(**{SCORE_Q: quality})


def _of_responses(verdicts: pd.DataFrame, repeats: pd.DataFrame) -> pd.DataFrame:
    """The same by response: S_Q is that of the table of scores."""
    quality = quality_of_responses(verdicts, RESPONSE).sort_index()
    means = repeats.drop(columns=SCORE_Q).groupby(level=RESPONSE, sort=False).mean().reindex(quality.index)
    return means.assign(**{SCORE_Q: quality})


def _row(part: str, figure: str, value: float | Estimate | None, unit: str, **columns: Any) -> Row:
    of = value if isinstance(value, Estimate) else Estimate(value, None, None, columns.pop("n"), columns.pop("doubt"))
    return {
        "part": part,
        "judge": None,
        "other": None,
        "model": None,
        "dimension": SCORE_Q,
        "figure": figure,
        "value": of.mean,
        "low": of.low,
        "high": of.high,
        "unit": unit,
        "n": of.n,
        "doubt": of.doubt,
    } | columns


def _codes(names: Any) -> NDArray[np.int64]:
    return np.asarray(pd.factorize(names)[0], dtype=np.int64)


def _between_judges(scores: Mapping[str, pd.DataFrame], seed: int) -> Iterator[Row]:
    """Alpha of all judges and of each two, rank correlation and shift of each two, by dimension."""
    if len(scores) < 2:
        yield _row("alpha", "alpha", None, "", n=0, doubt=ONE_JUDGE)
        return
    dimensions = dict.fromkeys(name for table in scores.values() for name in table if name != SCORE_Q)
    for dimension in (*dimensions, SCORE_Q):
        by_judge = {judge: table[dimension] for judge, table in scores.items() if dimension in table}
        if len(by_judge) < 2:
            continue
        table = pd.concat(by_judge, axis=1)
        prompts = _codes(table.index.get_level_values("prompt_id"))
        if len(by_judge) > 2:
            yield _row("alpha", "alpha", alpha_interval(table.to_numpy(), prompts, seed), "", dimension=dimension)
        for pair in combinations(by_judge, 2):
            names = {"judge": pair[0], "other": pair[1], "dimension": dimension}
            values = table[list(pair)].to_numpy()
            yield _row("alpha", "alpha", alpha_interval(values, prompts, seed), "", **names)
            both = table[list(pair)].dropna()
            of_prompts = _codes(both.index.get_level_values("prompt_id"))
            first, second = both.to_numpy().T
            ranks = grouped_spearman(first, second, of_prompts, seed)
            yield _row("rank", "spearman", ranks, "", **names)
            yield from _shifts(both[pair[0]] - both[pair[1]], names)


def _shifts(differences: pd.Series, names: Row) -> Iterator[Row]:
    """How much more the first judge gives than the second: to all, and S_Q to each model."""
    by_model = differences.groupby(level=["model", "prompt_id"], sort=False).mean()
    by_prompt = by_model.groupby(level="prompt_id", sort=False).mean()
    yield _row("shift", "mean", mean_interval(by_prompt.to_numpy(), DIFFERENCES), "points", **names)
    if names["dimension"] == SCORE_Q:
        for model, of_model in by_model.groupby(level="model", sort=False):
            shift = mean_interval(of_model.to_numpy(), DIFFERENCES)
            yield _row("shift", "mean", shift, "points", **names | {"model": model})


def _between_repeats(judge: str, repeats: pd.DataFrame, seed: int) -> Iterator[Row]:
    """How far a judge's own repeats lie apart, by dimension: their standard deviation, and alpha between them."""
    several = repeats.groupby(level=RESPONSE, sort=False).count().max() >= 2
    for dimension in repeats:
        names = {"judge": judge, "dimension": dimension}
        if several[dimension]:
            table = repeats[dimension].unstack("repeat")
            prompts = _codes(table.index.get_level_values("prompt_id"))
            yield _row("retest", "deviation", _deviation(table.to_numpy(), prompts, seed), "points", **names)
            yield _row("retest", "alpha", alpha_interval(table.to_numpy(), prompts, seed), "", **names)
        elif dimension == SCORE_Q:
            doubt = ONE_REPEAT if repeats[dimension].notna().any() else NO_VERDICTS
            yield _row("retest", "deviation", None, "points", n=0, doubt=doubt, **names)


def _deviation(values: Numbers, prompts: NDArray[np.int64], seed: int) -> Estimate:
    """The standard deviation of a single verdict, pooled over responses (rows) with two or more."""
    numbers = (~np.isnan(values)).sum(axis=1)
    kept = numbers >= 2
    squares = np.nanvar(values[kept], axis=1) * numbers[kept]
    codes = _codes(prompts[kept])
    by_prompt = np.array([np.bincount(codes, squares), np.bincount(codes, numbers[kept] - 1)])

    def pooled(times: Numbers) -> Numbers:
        total, freedom = by_prompt @ times
        deviations: Numbers = np.sqrt(total / freedom)
        return deviations

    estimate = resampled_by(by_prompt.shape[1], pooled, seed)
    same = estimate.mean == 0  # so all resamples are
    return estimate._replace(low=None, high=None, doubt=estimate.doubt or ALL_EQUAL) if same else estimate


def _noise(judge: str, scores: pd.Series) -> Iterator[Row]:
    """The parts of one judge's noise, and the standard error of a model's mean, now and with more of each."""
    codes = [_codes(scores.index.get_level_values(level)) for level in RESPONSE]
    parts = noise_parts(scores.to_numpy(), *codes)
    n = len(np.unique(codes[1]))
    names = {"judge": judge, "n": n}
    if parts is None:
        yield _row("noise", "prompt", None, "points", doubt=NO_VERDICTS, **names)
        return
    few = FEW_PROMPTS if n < FEWEST_PROMPTS else ALL_EQUAL if parts.equal else None
    total = sum(part.variance or 0 for part in parts.parts().values())
    for name, part in parts.parts().items():
        deviation = None if part.variance is None else part.variance**0.5
        yield _row("noise", name, deviation, "points", doubt=part.doubt or few, **names)
        share = None if part.variance is None or not total else 100 * part.variance / total
        yield _row("noise", name, share, "percent", doubt=part.doubt or few, **names)
    for drawn, part in (
        ("now", parts.prompt),
        ("more_repeats", parts.repeat),
        ("more_samples", parts.sample),
        ("more_prompts", parts.prompt),
    ):
        error = parts.standard_error(drawn)
        yield _row("next", drawn, error, "points", doubt=few if error is not None else part.doubt, **names)


def _judge_by_model(scores: Mapping[str, pd.DataFrame]) -> Iterator[Row]:
    """The part judge × model, and the standard error of a model's mean over all judges, now and with one more."""
    if not scores:
        return
    table = pd.concat({judge: of[SCORE_Q] for judge, of in scores.items()}, axis=1).dropna()
    if table.empty:
        yield _row("noise", "judge_by_model", None, "points", n=0, doubt=NO_VERDICTS)
        return
    means = table.groupby(level=["model", "prompt_id"], sort=False).mean()
    codes = [_codes(means.index.get_level_values(level)) for level in ("model", "prompt_id")]
    cells = np.full((codes[0].max() + 1, codes[1].max() + 1, len(scores)), np.nan)
    cells[codes[0], codes[1]] = means.to_numpy()
    interaction = judge_by_model(cells)
    few = FEW_PROMPTS if interaction.prompts < FEWEST_PROMPTS else None
    part, names = interaction.part, {"n": interaction.prompts}
    deviation = None if part.variance is None else part.variance**0.5
    yield _row("noise", "judge_by_model", deviation, "points", doubt=part.doubt or few, **names)
    for drawn, judges in (("now", interaction.judges), ("more_judges", interaction.judges + 1)):
        error = interaction.standard_error(judges)
        yield _row("next", drawn, error, "points", doubt=part.doubt if error is None else few, **names)
