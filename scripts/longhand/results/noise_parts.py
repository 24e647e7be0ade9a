"""Where the noise of a mean S_Q comes from, by the method of moments, and what more of each source would buy.

A verdict on a model is its mean + prompt + sample + repeat, each with a variance of its own: an unbalanced nested
analysis of variance (Searle, Casella & McCulloch, Variance Components, 1992, chapter 5). What was drawn once cannot be
told apart from the part above it, and stands in that.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from longhand.results.midranks import Codes
from longhand.results.statistics import Numbers

ONE_REPEAT, ONE_SAMPLE, ONE_PROMPT, ONE_MODEL = "one_repeat", "one_sample", "one_prompt", "one_model"
NEGATIVE, FEW_JUDGES = "negative", "few_judges"


class Part(NamedTuple):
    """A part of variance, in points²; `doubt` says why there is none, or that the estimate was negative, so 0."""

    variance: float | None
    doubt: str | None = None


class NoiseParts(NamedTuple):
    """The parts of one judge's verdicts.

    Attributes:
        prompt, sample, repeat: see the module.
        weights: part -> what its variance counts with in the squared standard error of a model's mean, mean over
            models; and `more_repeats`, `more_samples`: the same with one more each.
        equal: whether all verdicts are equal.
    """

    prompt: Part
    sample: Part
    repeat: Part
    weights: Mapping[str, Mapping[str, float]]
    equal: bool

    def standard_error(self, drawn: str = "now") -> float | None:
        """Of a model's mean, in points; None where one more of something not told apart is what `drawn` names.

        Args:
            drawn: now, more_repeats, more_samples, or more_prompts: twice as many.
        """
        varied = {"more_repeats": self.repeat, "more_samples": self.sample}.get(drawn, self.prompt)
        if varied.variance is None:
            return None
        weights = self.weights["now" if drawn == "more_prompts" else drawn]
        squared = sum((part.variance or 0) * weights[name] for name, part in self.parts().items())
        return float(np.sqrt(squared / (2 if drawn == "more_prompts" else 1)))

    def parts(self) -> dict[str, Part]:
        """By name, from the top."""
        return {"prompt": self.prompt, "sample": self.sample, "repeat": self.repeat}


def noise_parts(values: Numbers, models: Codes, prompts: Codes, samples: Codes) -> NoiseParts | None:
    """The parts of variance of one judge's verdicts; None without any.

    Args:
        values: S_Q of one verdict each, on 0-100, none of them NaN.
        models, prompts, samples: what it judges. Verdicts with equal codes are repeats.
    """
    if not len(values):
        return None
    cells = _numbered(models, prompts)
    responses = _numbered(cells, samples)
    n_model, n_cell, n_response = (np.bincount(codes)[codes] for codes in (models, cells, responses))
    of_model, of_cell, of_response = (_means(values, codes) for codes in (models, cells, responses))
    squares = [np.sum(d**2) for d in (of_cell - of_model, of_response - of_cell, values - of_response)]
    n_groups = [len(np.unique(codes)) for codes in (models, cells, responses)] + [len(values)]
    freedom = np.diff(n_groups)
    repeat = _part(squares[2], freedom[2], ONE_REPEAT)
    # Each value brings n_response / n_cell to the sum over responses of n_response² / n_cell.
    shared = float(np.sum(n_response / n_cell))
    sample = _part(
        squares[1] - freedom[1] * (repeat.variance or 0), len(values) - shared if freedom[1] else 0, ONE_SAMPLE
    )
    below = freedom[0] * (repeat.variance or 0) + (shared - float(np.sum(n_response / n_model))) * (
        sample.variance or 0
    )
    prompt = _part(squares[0] - below, len(values) - float(np.sum(n_cell / n_model)) if freedom[0] else 0, ONE_PROMPT)
    weights = _weights(models, cells, responses)
    return NoiseParts(prompt, sample, repeat, weights, bool(np.ptp(values) == 0))


def _part(squares: float, times: float, missing: str) -> Part:
    if not times:
        return Part(None, missing)
    variance = float(squares / times)
    # What is nought but for rounding is not called negative.
    return Part(variance) if variance >= 0 else Part(0.0, NEGATIVE if variance < -1e-9 else None)


def _numbered(*codes: Codes) -> Codes:
    """Codes of the combinations."""
    _, numbers = np.unique(np.column_stack(codes), axis=0, return_inverse=True)
    return numbers.reshape(-1)


def _means(values: Numbers, codes: Codes) -> Numbers:
    """The mean of each value's group."""
    means: Numbers = (np.bincount(codes, values) / np.bincount(codes))[codes]
    return means


def _weights(models: Codes, cells: Codes, responses: Codes) -> dict[str, dict[str, float]]:
    """See NoiseParts.weights: a mean goes over repeats, then samples, then prompts."""
    _, first = np.unique(responses, return_index=True)
    repeats, cell_of_response = np.bincount(responses), cells[first]
    _, first = np.unique(cells, return_index=True)
    samples, model_of_cell = np.bincount(cell_of_response), models[first]
    prompts = np.bincount(model_of_cell)[np.unique(models)]

    def of_model(by_cell: Numbers) -> float:
        return float(np.mean(np.bincount(model_of_cell, by_cell)[np.unique(models)] / prompts**2))

    each = np.bincount(cell_of_response, 1 / repeats)  # sum over a prompt's samples of 1 / repeats
    more = np.bincount(cell_of_response, 1 / (repeats + 1))
    now = {
        "prompt": float(np.mean(1 / prompts)),
        "sample": of_model(1 / samples),
        "repeat": of_model(each / samples**2),
    }
    return {
        "now": now,
        "more_repeats": now | {"repeat": of_model(more / samples**2)},
        "more_samples": now
        | {"sample": of_model(1 / (samples + 1)), "repeat": of_model(each / samples / (samples + 1))},
    }


class JudgeByModel(NamedTuple):
    """How much judges differ in what they give to a model beside what they give to others.

    Attributes:
        part: its variance.
        sampling: the squared standard error of a model's mean over the judges, from its prompts; None with one prompt.
        judges: whose mean that is.
        prompts: with a response that all of them judged.
    """

    part: Part
    sampling: float | None
    judges: int
    prompts: int

    def standard_error(self, judges: int) -> float | None:
        """Of a model's mean over so many judges, as a stand-in for the mean of all judges that might be asked."""
        if self.part.variance is None or self.sampling is None:
            return None
        return float(np.sqrt(self.sampling + self.part.variance / judges))


def judge_by_model(scores: Numbers) -> JudgeByModel:
    """The part of variance judge × model.

    A model's mean by a judge, without that model's mean over judges and that judge's mean over models, would be zero
    without this part, but for noise. The noise is taken out: leaving out prompts in turn (jackknife) says how much of
    the squares it makes. What prompts and samples do is the same for all judges of a response, and drops out.

    Args:
        scores: model × prompt × judge, means over samples and repeats of responses that all judges judged; NaN
            elsewhere. A model with fewer than two prompts is left out.
    """
    known = ~np.any(np.isnan(scores), axis=2)
    rows = known.sum(axis=1) >= 2
    columns = known[rows].any(axis=0)
    scores, known = scores[rows][:, columns], known[rows][:, columns]
    models, n_prompts, judges = scores.shape
    sampling = _sampling(scores, known) if models else None
    if judges < 3:
        return JudgeByModel(Part(None, FEW_JUDGES), sampling, judges, n_prompts)
    if models < 2:
        return JudgeByModel(Part(None, ONE_MODEL), sampling, judges, n_prompts)
    relative = np.where(known[..., None], scores - scores.mean(axis=2, keepdims=True), 0.0)
    sums, counts = relative.sum(axis=1), known.sum(axis=1)
    whole = _centred(sums / counts[:, None])
    without = _centred((sums[:, None] - relative) / (counts[:, None] - known)[..., None])
    noise = np.sum((without - without.mean(axis=1, keepdims=True)) ** 2) * (n_prompts - 1) / n_prompts
    part = _part(float(np.sum(whole**2) - noise), (models - 1) * (judges - 1), ONE_MODEL)
    return JudgeByModel(part, sampling, judges, n_prompts)


def _centred(means: Numbers) -> Numbers:
    """Model × … × judge without each judge's mean over models."""
    centred: Numbers = means - means.mean(axis=0, keepdims=True)
    return centred


def _sampling(scores: Numbers, known: NDArray[np.bool_]) -> float:
    """The mean over models of the squared standard error of their mean over prompts and judges."""
    by_model = [np.mean(row[there], axis=1) for row, there in zip(scores, known, strict=True)]
    return float(np.mean([np.var(means, ddof=1) / len(means) for means in by_model]))
