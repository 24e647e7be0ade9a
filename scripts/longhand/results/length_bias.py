"""How a judge's S_Q goes with length, and S_Q with length held fixed.

The score of a response is taken for model + prompt + bias · tanh(z), where z is log(words / required), standardized
over all responses (length-controlled AlpacaEval, arXiv 2404.04475, with prompt effects and least squares). Prompts are
the clusters.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from longhand.results.midranks import Codes
from longhand.results.statistics import Estimate, Numbers, Spread, doubts, t_ends
from longhand.tables.files import Row

NEAR = (0.8, 1.25)
"""Words over required words that count as near the required length."""
ONE_TEXT, ONE_LENGTH = "one_text", "one_length"


class ModelAtLength(NamedTuple):
    """One model's S_Q as it is, and with length held fixed.

    Attributes:
        raw: mean over prompts.
        at_length: the same if all texts had the required length; no mean where the bias cannot be estimated.
        near: responses near the required length. Without any `at_length` is extrapolated.
        ratio: median of words / required words.
    """

    raw: float
    at_length: Estimate
    near: int
    ratio: float


class LengthBias(NamedTuple):
    """What `length_bias` returns.

    Attributes:
        slope: points of S_Q per doubling of the words of a model's text for the same prompt.
        models: in the order of their codes.
    """

    slope: Estimate
    models: list[ModelAtLength]


def length_bias(scores: Numbers, ratios: Numbers, models: Codes, prompts: Codes) -> LengthBias:
    """The length bias of one judge on one dataset.

    Args:
        scores: S_Q of responses, at least one, on 0-100, none of them NaN.
        ratios: their words / required words, above 0.
        models, prompts: what they are of, numbered from 0 without gaps.
    """
    logs = np.log2(ratios)
    weights = 1 / _counts(models, prompts)  # samples of a prompt are averaged first
    by_doubling = _Fit(scores, logs, models, prompts, weights)
    spread = float(logs.std())
    centre = float(logs.mean())
    tamed = np.tanh((logs - centre) / spread) if spread > 0 else np.zeros(len(logs))
    required = float(np.tanh(-centre / spread)) if spread > 0 else 0.0
    by_tamed = _Fit(scores, tamed, models, prompts, weights)
    near = (ratios >= NEAR[0]) & (ratios <= NEAR[1])
    shown = [
        ModelAtLength(
            raw=float(np.average(scores[of], weights=weights[of])),
            at_length=by_tamed.mean_at(of, required),
            near=int(near[of].sum()),
            ratio=float(np.median(ratios[of])),
        )
        for of in (models == number for number in range(int(models.max()) + 1))
    ]
    return LengthBias(by_doubling.slope(), shown)


def _counts(*codes: Codes) -> Numbers:
    """How many values have each value's combination of codes."""
    _, numbers, counts = np.unique(np.column_stack(codes), axis=0, return_inverse=True, return_counts=True)
    times: Numbers = counts[numbers.reshape(-1)].astype(float)
    return times


def length_bias_rows(scores: pd.DataFrame) -> Iterator[Row]:
    """The length bias of one judge on one dataset: columns of LENGTH_BIAS from `model` on.

    Args:
        scores: model, prompt_id, score_q, words and required of all responses; only those with all of them count.
    """
    rows = scores.dropna(subset=["score_q", "words", "required"])
    rows = rows[(rows["words"] > 0) & (rows["required"] > 0)]
    if rows.empty:
        return
    codes, models = pd.factorize(rows["model"])
    ratios = (rows["words"] / rows["required"]).to_numpy(dtype=float)
    bias = length_bias(rows["score_q"].to_numpy(dtype=float), ratios, codes, pd.factorize(rows["prompt_id"])[0])
    for model, of_model in zip(models, bias.models, strict=True):
        yield {
            "model": str(model),
            "n_prompts": of_model.at_length.n,
            "n_near": of_model.near,
            "ratio": of_model.ratio,
            "score_q": of_model.raw,
            "score_q_at_length": of_model.at_length.mean,
            "low": of_model.at_length.low,
            "high": of_model.at_length.high,
            "doubt": of_model.at_length.doubt,
            "extrapolated": of_model.near == 0,
            "slope": bias.slope.mean,
            "slope_low": bias.slope.low,
            "slope_high": bias.slope.high,
            "slope_doubt": bias.slope.doubt,
        }


class _Fit:
    """Weighted least squares of scores on a measure, with effects of models and of prompts."""

    def __init__(self, scores: Numbers, measure: Numbers, models: Codes, prompts: Codes, weights: Numbers):
        self._scores, self._measure, self._prompts, self._weights = scores, measure, prompts, weights
        self._clusters = int(prompts.max()) + 1
        design = np.zeros((len(scores), int(models.max()) + 1))
        design[:, 0] = measure
        rows = models > 0
        design[rows, models[rows]] = 1  # the first model is what the others are compared with
        columns = np.column_stack([scores, design])
        roots = np.sqrt(weights)[:, None]
        within = (columns - self._by_prompt(columns)) * roots
        outcome, others = within[:, 0], within[:, 2:]
        # What models and prompts leave of the measure: its slope is that of the whole fit (Frisch and Waugh).
        free = within[:, 1] - others @ np.linalg.lstsq(others, within[:, 1], rcond=None)[0]
        rest = outcome - others @ np.linalg.lstsq(others, outcome, rcond=None)[0]
        total = float(np.sum(((measure - np.average(measure, weights=weights)) ** 2) * weights))
        self._doubt = ONE_LENGTH if total < 1e-9 else None
        if self._doubt is None and float(free @ free) < 1e-9 * total:
            self._doubt = ONE_TEXT
        if self._doubt is None:
            self._slope = float(free @ rest) / float(free @ free)
            # Of each prompt, what it adds to the slope's error.
            self._added = np.bincount(prompts, free * (rest - self._slope * free), self._clusters) / float(free @ free)

    def _by_prompt(self, columns: Numbers) -> Numbers:
        """The weighted means of each row's prompt."""
        sums = np.zeros((self._clusters, columns.shape[1]))
        np.add.at(sums, self._prompts, columns * self._weights[:, None])
        means: Numbers = (sums / np.bincount(self._prompts, self._weights)[:, None])[self._prompts]
        return means

    def slope(self) -> Estimate:
        """Points per unit of the measure."""
        if self._doubt is not None:
            return Estimate(None, None, None, self._clusters, self._doubt)
        return self._estimate(self._slope, self._added, np.ones(self._clusters, bool), (-np.inf, np.inf))

    def mean_at(self, of: NDArray[np.bool_], value: float) -> Estimate:
        """The mean over prompts of these responses' scores, had all of them this value of the measure."""
        prompts, weights = self._prompts[of], self._weights[of]
        present = np.bincount(prompts, minlength=self._clusters) > 0
        number = int(present.sum())
        if self._doubt is not None:
            return Estimate(None, None, None, number, self._doubt)
        distance = float(np.average(self._measure[of], weights=weights)) - value
        mean = float(np.average(self._scores[of] - self._slope * (self._measure[of] - value), weights=weights))
        moved = self._scores[of] - self._slope * (self._measure[of] - value) - mean
        added = np.bincount(prompts, moved * weights, self._clusters) / number - distance * self._added
        return self._estimate(mean, added, present, (0.0, 100.0))

    def _estimate(
        self, mean: float, added: Numbers, present: NDArray[np.bool_], scale: tuple[float, float]
    ) -> Estimate:
        """An interval from what each prompt adds to the error."""
        number = int(present.sum())
        error = np.sqrt(np.sum(added**2) * number / (number - 1)) if number > 1 else np.nan
        of = Spread(np.array(mean), np.array(error), np.array(number), np.array(0), np.array(0.0))
        if doubt := str(doubts(of)):
            return Estimate(mean, None, None, number, doubt)
        low, high = (float(end) for end in t_ends(of, scale))
        return Estimate(mean, low, high, number)
