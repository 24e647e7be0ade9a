"""Parts of variance: taken back from made data with known parts, and against a plain second computation."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from longhand.results.noise_parts import (
    FEW_JUDGES,
    NEGATIVE,
    ONE_MODEL,
    ONE_PROMPT,
    ONE_REPEAT,
    ONE_SAMPLE,
    judge_by_model,
    noise_parts,
)

MADE = {"prompt": 12.0, "sample": 8.0, "repeat": 5.0}
"""Standard deviations of the parts that data are made with, in points."""

Table = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def made(seed: int, models: int = 6, prompts: int = 60, samples: int = 3, repeats: int = 3, lost: float = 0.2) -> Table:
    """Verdicts of known parts, a share of them missing: values and the codes of model, prompt and sample."""
    rng = np.random.default_rng(seed)
    shape = (models, prompts, samples, repeats)
    parts = [rng.normal(0, MADE[name], shape[: n + 2]) for n, name in enumerate(MADE)]
    values = 60 + sum(part.reshape(*part.shape, *[1] * (4 - part.ndim)) for part in parts)
    kept = rng.random(shape) >= lost
    return values[kept], *(place[kept] for place in np.indices(shape)[:3])


def test_parts_come_back_from_made_data_with_missing_verdicts() -> None:
    drawn = [noise_parts(*made(seed)) for seed in range(30)]
    for name, deviation in MADE.items():
        variances = [parts.parts()[name].variance for parts in drawn if parts]
        spread = np.std(variances) / len(variances) ** 0.5
        assert np.mean(variances) == pytest.approx(deviation**2, abs=3 * spread), name
        assert 3 * spread < 0.1 * deviation**2, "or the test would pass anything"


def by_hand(table: Table) -> dict[str, float]:
    """The same, written out: sums over dicts, and the three equations of expected squares solved together."""
    values = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for value, model, prompt, sample in zip(*table, strict=True):
        values[model][prompt][sample].append(value)
    squares, counted = np.zeros(3), np.zeros((3, 3))  # equations: prompt, sample, repeat; columns likewise
    for prompts in values.values():
        n_model = sum(len(each) for samples in prompts.values() for each in samples.values())
        of_model = sum(sum(each) for samples in prompts.values() for each in samples.values()) / n_model
        for samples in prompts.values():
            n_prompt = sum(map(len, samples.values()))
            of_prompt = sum(map(sum, samples.values())) / n_prompt
            squares[0] += n_prompt * (of_prompt - of_model) ** 2
            counted[0] += [
                n_prompt - n_prompt**2 / n_model,
                sum(len(each) ** 2 * (1 / n_prompt - 1 / n_model) for each in samples.values()),
                1 - n_prompt / n_model,
            ]
            for each in samples.values():
                mean = sum(each) / len(each)
                squares[1] += len(each) * (mean - of_prompt) ** 2
                squares[2] += sum((value - mean) ** 2 for value in each)
                counted[1] += [0, len(each) - len(each) ** 2 / n_prompt, 1 - len(each) / n_prompt]
                counted[2] += [0, 0, len(each) - 1]
    return dict(zip(MADE, np.linalg.solve(counted, squares), strict=True))


@pytest.mark.parametrize("seed", range(4))
def test_parts_are_those_of_the_equations_written_out(seed: int) -> None:
    table = made(seed, models=3, prompts=9, lost=0.3)
    parts = noise_parts(*table)
    assert parts is not None
    assert {name: part.variance for name, part in parts.parts().items()} == pytest.approx(by_hand(table))


def test_the_standard_error_is_that_of_means_over_repeats_samples_and_prompts() -> None:
    """Of one model's mean, over many tables with the same gaps."""
    kept = np.random.default_rng(1).random((1, 20, 3, 3)) >= 0.3
    kept[0, :, 0, 0] = True
    means, errors = [], []
    for seed in range(400):
        values, model, prompt, sample = made(seed, models=1, prompts=20, lost=0)
        full = np.full(kept.shape, np.nan)
        full[model, prompt, sample] = values.reshape(1, 20, 3, 3)[model, prompt, sample]
        full[~kept] = np.nan
        with np.errstate(all="ignore"):
            of_samples = np.array([[np.mean(s[~np.isnan(s)]) if kept[0, p, i].any() else np.nan
                                    for i, s in enumerate(row)] for p, row in enumerate(full[0])])  # fmt: skip
        means.append(np.mean(np.nanmean(of_samples, axis=1)))
        parts = noise_parts(full[kept], *(place[kept] for place in np.indices(kept.shape)[:3]))
        assert parts is not None
        errors.append(parts.standard_error() ** 2)
    assert np.mean(errors) == pytest.approx(np.var(means), rel=0.15)


def test_what_one_more_buys_by_hand() -> None:
    """Two prompts of one model: two samples of two repeats, and one sample of one repeat. No gaps elsewhere."""
    values = np.array([50.0, 54.0, 60.0, 66.0, 30.0])
    parts = noise_parts(values, np.zeros(5, int), np.array([0, 0, 0, 0, 1]), np.array([0, 0, 1, 1, 0]))
    assert parts is not None
    prompt, sample, repeat = (part.variance for part in parts.parts().values())
    assert repeat == pytest.approx((8 + 18) / 2)
    assert parts.standard_error() ** 2 == pytest.approx(
        prompt / 2 + sample * (1 / 2 + 1) / 4 + repeat * (1 / 4 + 1) / 4
    )
    assert parts.standard_error("more_repeats") ** 2 == pytest.approx(
        prompt / 2 + sample * (1 / 2 + 1) / 4 + repeat * (1 / 6 + 1 / 2) / 4
    )
    assert parts.standard_error("more_samples") ** 2 == pytest.approx(
        prompt / 2 + sample * (1 / 3 + 1 / 2) / 4 + repeat * (1 / 6 + 1 / 2) / 4
    )
    assert parts.standard_error("more_prompts") == pytest.approx(parts.standard_error() / 2**0.5)


def test_a_published_example_of_repeats() -> None:
    """The figures of statistics.md: item 12, repeat 10, 120 prompts: 1.43 with one repeat, 1.27 with two."""
    weights = {"prompt": 1 / 120, "sample": 1 / 120, "repeat": 1 / 120}
    parts = noise_parts(*made(1, models=1, prompts=120, samples=1, repeats=2, lost=0))
    assert parts is not None
    known = parts._replace(prompt=parts.prompt._replace(variance=144.0), repeat=parts.repeat._replace(variance=100.0))
    assert known.weights["now"] == pytest.approx(weights | {"repeat": 1 / 240})
    assert round(known._replace(weights={"now": weights}).standard_error(), 2) == 1.43
    assert round(known.standard_error(), 2) == 1.27


@pytest.mark.parametrize(
    ("samples", "repeats", "missing"), [(1, 1, "sample repeat"), (1, 2, "sample"), (2, 1, "repeat")]
)
def test_what_was_drawn_once_stands_in_the_part_above(samples: int, repeats: int, missing: str) -> None:
    reasons = {"sample": ONE_SAMPLE, "repeat": ONE_REPEAT}
    drawn = [noise_parts(*made(seed, samples=samples, repeats=repeats, lost=0)) for seed in range(20)]
    first = drawn[0]
    assert first is not None
    for name, part in first.parts().items():
        assert (part.variance is None, part.doubt) == (name in missing, reasons[name] if name in missing else None)
    known = {name: np.mean([parts.parts()[name].variance for parts in drawn if parts]) for name in MADE
             if name not in missing}  # fmt: skip
    assert sum(known.values()) == pytest.approx(sum(d**2 for d in MADE.values()), rel=0.1)
    assert (first.standard_error("more_repeats") is None) == ("repeat" in missing)
    assert (first.standard_error("more_samples") is None) == ("sample" in missing)


def test_a_negative_estimate_is_zero_and_says_so() -> None:
    # Repeats differ by 20, the means of samples and prompts not at all.
    values = np.array([40.0, 60.0] * 6)
    parts = noise_parts(values, np.zeros(12, int), np.repeat([0, 1, 2], 4), np.tile([0, 0, 1, 1], 3))
    assert parts is not None
    assert parts.sample == (0, NEGATIVE) and parts.repeat.variance == pytest.approx(200) and parts.repeat.doubt is None


def test_little_or_nothing() -> None:
    none = np.zeros(0, int)
    assert noise_parts(np.zeros(0), none, none, none) is None
    one = noise_parts(np.array([50.0]), *[np.zeros(1, int)] * 3)
    assert one is not None and one.prompt == (None, ONE_PROMPT) and one.standard_error() is None
    equal = noise_parts(np.full(20, 75.0), np.zeros(20, int), np.arange(20) // 2, np.zeros(20, int))
    assert equal is not None and equal.equal and equal.prompt == (0, None) and equal.standard_error() == 0


# ---- judge × model


def judged(seed: int, deviation: float, models: int = 8, prompts: int = 60, judges: int = 4, lost: float = 0.1):
    """Scores with prompts, judges, judge × prompt and judge × model of known spread, some responses missing."""
    rng = np.random.default_rng(seed)
    scores = 60 + rng.normal(0, 10, (models, prompts, 1)) + rng.normal(0, 8, judges)
    scores = scores + rng.normal(0, 6, (1, prompts, judges)) + rng.normal(0, 9, (models, prompts, judges))
    scores = scores + rng.normal(0, deviation, (models, 1, judges))
    return np.where(rng.random((models, prompts, judges)) < lost, np.nan, scores)


@pytest.mark.parametrize("deviation", [0.0, 1.0, 4.0])
def test_judge_by_model_comes_back_from_made_data(deviation: float) -> None:
    estimates = []
    for seed in range(150):
        part = judge_by_model(judged(seed, deviation)).part
        estimates.append(part.variance)
        assert part.doubt in (None, NEGATIVE)
    if deviation:
        spread = np.std(estimates) / 150**0.5
        assert np.mean(estimates) == pytest.approx(deviation**2, abs=3 * spread + 0.03)
    else:
        assert np.mean(estimates) < 0.4, "the noise of 39 full prompts is 2.1 points² and is taken out"
        assert 0.35 < np.mean(np.array(estimates) == 0) < 0.7, "half of what is nought is estimated negative, so 0"


def test_judge_by_model_of_few() -> None:
    assert judge_by_model(judged(1, 3, judges=2)).part == (None, FEW_JUDGES)
    assert judge_by_model(judged(1, 3, models=1)).part == (None, ONE_MODEL)
    nothing = judge_by_model(np.full((3, 5, 3), np.nan))
    assert nothing.part == (None, ONE_MODEL) and nothing.standard_error(3) is None and nothing.prompts == 0


def test_judge_by_model_of_two_prompts_by_hand() -> None:
    """The squares are 18, of which the noise makes a quarter: a mean of 0.5 and 1.5 has the variance 1 / 4."""
    liked = np.array([[2.0, -1, -1], [-1, 2, -1], [-1, -1, 2]])
    scores = 50 + np.stack([0.5 * liked, 1.5 * liked], axis=1)
    of_one_prompt = np.array([[[99.0, 0, 50], [np.nan] * 3]])
    interaction = judge_by_model(np.concatenate([scores, of_one_prompt]))
    assert interaction.part.variance == pytest.approx((18 - 18 / 4) / (2 * 2)) and interaction.prompts == 2
    assert judge_by_model(scores[:2]).part.variance == pytest.approx((9 - 9 / 4) / (1 * 2))


def test_the_error_of_the_mean_over_judges() -> None:
    interaction = judge_by_model(judged(2, 4, lost=0))
    variance = interaction.part.variance
    assert interaction.judges == 4 and variance
    sampling = np.mean([np.var(rows.mean(axis=1), ddof=1) / 60 for rows in judged(2, 4, lost=0)])
    assert interaction.standard_error(4) == pytest.approx((sampling + variance / 4) ** 0.5)
    assert interaction.standard_error(5) == pytest.approx((sampling + variance / 5) ** 0.5)
