"""What a retired judge would give to a model, from a new judge's scores: a line through systems that both scored.

The line is that of the systems' means, not of single texts: where judges differ lastingly about texts, the line of
texts is flatter than that of systems, and no repeat shows it. A system's mean is over the prompts of a sample, so it
has noise, of texts, repeats and lasting opinions alike; how far systems differ from prompt to prompt says how much. Its
part is taken out of the new judge's variance and out of the covariance of the judges (errors in variables; Fuller,
Measurement Error Models, 1987, chapter 1.2). What a line is off by for a new system is seen by leaving out each system.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit  # `scipy.stats` takes 0.4 s to import

from longhand.results.doubts import FEW_PROMPTS, FEWEST_PROMPTS
from longhand.results.statistics import PERCENT, Numbers

FEWEST_SYSTEMS, FEW_SYSTEMS = 3, "few_systems"
EXPLORATORY_BELOW, EXPLORATORY = 5, "exploratory"
SYSTEMS_ALIKE, TWICE = "systems_alike", "twice"
LEAST_RELIABILITY = 0.5
"""Under it more of the new means' variance is noise than is of systems: the slope would be mostly correction."""
_ROUNDS, _STILL = 500, 1e-9  # of filling cells that have no score


class Bridge(NamedTuple):
    """A line from the new judge's mean of a system to the old judge's, and what it is off by.

    Attributes:
        systems: which rows of the scores it is of: those with enough prompts, equal ones once.
        old, new: means of these systems over the prompts of the sample.
        prompts: of the sample, that both judges scored of any system.
        slope, intercept: None without a line that can be trusted.
        reliability: of the new means: the share of their variance that is of systems.
        errors: old mean - what the line of the others says, for each system.
        variance: of these errors, each over what its place among the others makes of it, in points².
        noise: the part of `variance` that is sampling of the systems' texts, which a new system does not have.
        prompt_noise: squared standard error of the intercept from the drawn prompts, which errors do not show, since
            all systems have the same prompts.
        twice: rows with the scores of one before.
        doubt: why there is no line: few_prompts, few_systems, systems_alike.
    """

    systems: tuple[int, ...]
    old: Numbers
    new: Numbers
    prompts: int
    slope: float | None = None
    intercept: float | None = None
    reliability: float | None = None
    errors: Numbers | None = None
    variance: float | None = None
    noise: float | None = None
    prompt_noise: float | None = None
    twice: tuple[int, ...] = ()
    doubt: str | None = None

    @property
    def exploratory(self) -> bool:
        """Whether there are so few systems that the spread of their errors says little."""
        return len(self.systems) < EXPLORATORY_BELOW


class Bridged(NamedTuple):
    """A mean under the old judge, and the ends of its 95% interval."""

    mean: float
    low: float
    high: float


class _Line(NamedTuple):
    slope: float
    intercept: float
    reliability: float


def bridge(old: Numbers, new: Numbers) -> Bridge:
    """The line through anchor systems.

    Args:
        old, new: both judges' scores on 0-100, systems × prompts, means over samples and repeats; NaN where there is
            none. What one of the two has not scored is left out.
    """
    chosen, twice = _usable(old, new)
    if not chosen:
        return Bridge((), np.empty(0), np.empty(0), 0, doubt=FEW_PROMPTS)
    prompts = np.flatnonzero((~np.isnan(old + new))[chosen].any(axis=0))
    scored = ~np.isnan(old + new)[chosen][:, prompts]
    of_old, of_new = (_filled(scores[chosen][:, prompts], scored) for scores in (old, new))
    y, x = of_old.mean(axis=1), of_new.mean(axis=1)
    anchors = Bridge(tuple(chosen), y, x, len(prompts), twice=twice)
    if len(chosen) < FEWEST_SYSTEMS:
        return anchors._replace(doubt=FEW_SYSTEMS)
    line = _line(of_old, of_new, scored)
    if line.reliability < LEAST_RELIABILITY:
        return anchors._replace(reliability=line.reliability, doubt=SYSTEMS_ALIKE)
    errors, scales = _left_out(of_old, of_new, scored)
    rest = of_old - line.slope * of_new
    noise = _noise(rest, rest, scored)
    common = float(np.var(rest.mean(axis=0), ddof=1)) / len(prompts) - noise / len(chosen)
    return anchors._replace(
        slope=line.slope,
        intercept=line.intercept,
        reliability=line.reliability,
        errors=errors,
        variance=float(np.mean(errors**2 / scales)),
        noise=noise,
        prompt_noise=max(common, 0.0),
    )


def bridged(by: Bridge, mean: float, error: float) -> Bridged | None:
    """What the old judge would give to a model, on average; None without a line.

    Args:
        by: the line.
        mean: of the model under the new judge, on 0-100.
        error: the standard error of that mean, from its own prompts.
    """
    if by.slope is None or by.intercept is None or by.variance is None:
        return None
    middle, reach = by.intercept + by.slope * mean, _t_of(len(by.systems) - 2) * _standard_error(by, mean, error)
    low, high = np.clip([middle - reach, middle + reach], *PERCENT)
    return Bridged(float(np.clip(middle, *PERCENT)), float(low), float(high))


def _standard_error(by: Bridge, mean: float, error: float) -> float:
    """Of a bridged mean: of another system, without an anchor's sampling, and of the model's own sampling."""
    assert by.slope is not None and by.variance is not None
    another = by.variance * _scale(by.new, mean) - (by.noise or 0)
    return float(np.sqrt(max(another, 0) + (by.prompt_noise or 0) + (by.slope * error) ** 2))


def _usable(old: Numbers, new: Numbers) -> tuple[list[int], tuple[int, ...]]:
    """The systems with enough prompts that both judges scored, and those that are there once more.

    A system that is there twice, under two names, would be predicted by itself.
    """
    both = ~np.isnan(old + new)
    earlier: set[bytes] = set()
    chosen: list[int] = []
    twice: list[int] = []
    for system in map(int, np.flatnonzero(both.sum(axis=1) >= FEWEST_PROMPTS)):
        scores = np.where(both[system], [old[system], new[system]], np.nan).tobytes()
        (twice if scores in earlier else chosen).append(system)
        earlier.add(scores)
    return chosen, tuple(twice)


def _filled(scores: Numbers, scored: NDArray[np.bool_]) -> Numbers:
    """The scores, and where there is none, what system and prompt make of it: least squares, by repeated fitting.

    Without it a system that lacks the hard prompts would stand too high.
    """
    sums, numbers = np.where(scored, scores, 0).sum(axis=1), scored.sum(axis=1)
    filled = np.where(scored, scores, (sums / numbers)[:, None])
    for _ in range(0 if scored.all() else _ROUNDS):
        fitted = np.where(scored, scores, _additive(filled))
        still = np.max(np.abs(fitted - filled)) < _STILL
        filled = fitted
        if still:
            break
    return filled


def _additive(scores: Numbers) -> Numbers:
    means: Numbers = scores.mean(axis=1, keepdims=True) + scores.mean(axis=0) - scores.mean()
    return means


def _noise(first: Numbers, second: Numbers, scored: NDArray[np.bool_]) -> float:
    """What two kinds of scores of a system's mean have in common by its texts alone: a (co)variance, in points².

    It is what system and prompt leave over. What is filled in leaves nothing over, and has no degree of freedom.
    """
    freedom = max(int(scored.sum()) - sum(scored.shape) + 1, 1)
    of_first, of_second = (scores - scores.mean(axis=1, keepdims=True) for scores in (first, second))
    by_prompt = np.sum(of_first.sum(axis=0) * of_second.sum(axis=0)) / len(first)
    rest = (np.sum(of_first * of_second) - by_prompt) / freedom
    return float(rest * np.mean(1 / scored.sum(axis=1)))


def _line(old: Numbers, new: Numbers, scored: NDArray[np.bool_]) -> _Line:
    """The line of the systems' means, without what their texts' sampling does to it."""
    y, x = old.mean(axis=1), new.mean(axis=1)
    spread, shared = float(np.var(x, ddof=1)), float(np.cov(y, x)[0, 1])
    reliability = 1 - _noise(new, new, scored) / spread if spread > _STILL else 0.0
    # Some systems of the anchors may be alike although all of them are not.
    corrected = spread * max(reliability, LEAST_RELIABILITY)
    slope = (shared - _noise(old, new, scored)) / corrected if spread > _STILL else 0.0
    return _Line(slope, float(y.mean() - slope * x.mean()), reliability)


def _left_out(old: Numbers, new: Numbers, scored: NDArray[np.bool_]) -> tuple[Numbers, Numbers]:
    """For each system, how far the line of the others is off, and what its place makes of an error's variance."""
    y, x = old.mean(axis=1), new.mean(axis=1)
    errors, scales = np.empty(len(y)), np.empty(len(y))
    for system in range(len(y)):
        others = np.arange(len(y)) != system
        line = _line(old[others], new[others], scored[others])
        errors[system] = y[system] - line.intercept - line.slope * x[system]
        scales[system] = _scale(x[others], x[system])
    return errors, scales


def _scale(systems: Numbers, mean: float) -> float:
    """A new system's squared error over the systems' own, by least squares: it grows with the distance from them."""
    apart, distance = float(np.sum((systems - systems.mean()) ** 2)), mean - float(systems.mean())
    return 1 + 1 / len(systems) + (distance**2 / apart if apart > _STILL else 0)


def _t_of(freedom: int) -> float:
    return float(-stdtrit(freedom, 0.025))
