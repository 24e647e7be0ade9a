"""How often a judge puts two texts in the order of their labels, beside "the longer text wins", for slices of pairs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from longhand.results.certified import reason_of
from longhand.results.doubts import FEW_PROMPTS, FEWEST_PROMPTS
from longhand.results.midranks import Codes
from longhand.results.scores import range_label, slice_order
from longhand.results.statistics import Estimate, Numbers, mean_interval, wilson
from longhand.tables.files import Row

_TIE = 0.5
_EQUAL = 1e-12  # a variance below it comes of rounding
_GAINS = (-1.0, 1.0)  # a judge wrong where the longer text is right, and the reverse


class LabelledPair(NamedTuple):
    """Two texts for one prompt, of which the labels prefer one.

    Attributes:
        prompt: equal for all pairs of one prompt: they are not independent.
        language: of the prompt.
        words: of the chosen and of the rejected text.
        scores: that a judge gave them, None where it has none.
    """

    prompt: str
    language: str
    words: tuple[int, int]
    scores: tuple[float | None, float | None]

    @property
    def length(self) -> float:
        """Mean words of the two texts: the range that the pair is in."""
        return sum(self.words) / 2

    @property
    def is_unread(self) -> bool:
        return None in self.scores

    @property
    def is_tie(self) -> bool:
        return not self.is_unread and self.scores[0] == self.scores[1]

    @property
    def won(self) -> float:
        """1 where the judge prefers the chosen text, 0 the rejected one; else 0.5: it did not say."""
        chosen, rejected = self.scores
        return _TIE if chosen is None or rejected is None else _order(chosen, rejected)

    @property
    def longer_won(self) -> float:
        """The same for a judge that prefers the longer text."""
        return _order(*self.words)


def _order(chosen: float, rejected: float) -> float:
    return _TIE if chosen == rejected else float(chosen > rejected)


def accuracy_interval(values: Numbers, prompts: Codes) -> Estimate:
    """The mean over prompts of their pairs' means, and its 95% interval.

    It is Wilson's (1927), with as many trials as would vary as much as these prompts do: so pairs of one prompt need
    not be independent, ties narrow it, and near 0 and 1 it holds where Student's t does not (78% at 0.95 of 30 pairs).
    The variance is at least that of independent pairs: few prompts without a failure seem to vary less. Of one pair
    per prompt and no ties it is the textbook's interval. `tests/bench/certification.py` has what it covers.

    Args:
        values: 0, 0.5 or 1 per pair.
        prompts: of each pair, numbered from 0 without gaps.

    Returns:
        `n` is the number of prompts. No interval under `FEWEST_PROMPTS`.
    """
    if not len(values):
        return Estimate(None, None, None, 0, FEW_PROMPTS)
    means = _prompt_means(values, prompts)
    n, share = len(means), float(means.mean())
    if n < FEWEST_PROMPTS:
        return Estimate(share, None, None, n, FEW_PROMPTS)
    variance = max(means.var(ddof=1) / n, values.var(ddof=1) / len(values))
    of_one_pair_each = share * (1 - share) / (n - 1)
    if variance < _EQUAL or math.isclose(of_one_pair_each, variance):  # all alike, or one pair each and no ties
        return Estimate(share, *wilson(share, n), n)
    return Estimate(share, *wilson(share, n * of_one_pair_each / variance, n - 1), n)


def gain_interval(differences: Numbers, prompts: Codes) -> Estimate:
    """By how much a judge is right more often than "the longer text wins", and its 95% interval.

    It is Student's t on prompt means after a prompt of 1 and one of -1 were added, as Bonett and Price (2012) do for
    paired shares. A judge that nearly always prefers the longer text differs from it on few pairs: t alone then finds a
    gain that is not there in up to 6% of tables, and has no spread where they differ on none.
    `tests/bench/certification.py` has how often judges that are no better are certified.

    Args:
        differences: per pair, what the judge has won less what the longer text has: -1 to 1.
        prompts: of each pair, numbered from 0 without gaps.

    Returns:
        `mean` is of the prompts as they are. No interval under `FEWEST_PROMPTS`.
    """
    if not len(differences):
        return Estimate(None, None, None, 0, FEW_PROMPTS)
    means = _prompt_means(differences, prompts)
    n, gain = len(means), float(means.mean())
    if n < FEWEST_PROMPTS:
        return Estimate(gain, None, None, n, FEW_PROMPTS)
    with_both = np.append(means, _GAINS)
    return mean_interval(with_both, _GAINS, np.zeros(len(with_both), bool))._replace(mean=gain, n=n)


def _prompt_means(values: Numbers, prompts: Codes) -> Numbers:
    means: Numbers = np.bincount(prompts, values) / np.bincount(prompts)
    return means


def slices_of_pairs(
    pairs: Sequence[LabelledPair], ranges: Sequence[int]
) -> Iterator[tuple[str, str, list[LabelledPair]]]:
    """All pairs, then those of each language and of each range of lengths: kind, label, pairs.

    Args:
        pairs: of one judge.
        ranges: lower ends, in words.
    """
    yield "all", "all", list(pairs)
    for kind, labels in (
        ("language", [pair.language for pair in pairs]),
        ("range", [range_label(pair.length, ranges) for pair in pairs]),
    ):
        for label in sorted({label for label in labels if label is not None}, key=slice_order):
            yield kind, label, [pair for pair, of in zip(pairs, labels, strict=True) if of == label]


def accuracy_figures(pairs: Iterable[LabelledPair], *, threshold: float, least: int, people: bool) -> Row:
    """What a row of the table of certifications says about a slice's pairs, and whether they certify the judge.

    Args:
        pairs: of the slice.
        threshold: that the lower end of the interval must be over, as well as over the baseline. Since the baseline has
            an error, too, the lower end of the gain must also be over 0.
        least: pairs that there must be.
        people: whether people made the labels: no others certify.
    """
    of_slice, numbers = list(pairs), dict[str, int]()
    prompts = np.array([numbers.setdefault(pair.prompt, len(numbers)) for pair in of_slice], np.int64)
    won = np.array([pair.won for pair in of_slice])
    longer_won = np.array([pair.longer_won for pair in of_slice])
    estimate, gain = accuracy_interval(won, prompts), gain_interval(won - longer_won, prompts)
    figures: Row = {
        "n": len(of_slice),
        "n_prompts": estimate.n,
        "n_ties": sum(pair.is_tie for pair in of_slice),
        "n_unread": sum(pair.is_unread for pair in of_slice),
        "accuracy": estimate.mean,
        "low": estimate.low,
        "high": estimate.high,
        "doubt": estimate.doubt,
        "baseline": float(_prompt_means(longer_won, prompts).mean()) if of_slice else None,
        "gain": gain.mean,
        "gain_low": gain.low,
        "gain_high": gain.high,
        "threshold": threshold,
        "least": least,
        "people": people,
    }
    reason = reason_of(figures)
    return figures | {"certified": reason is None, "reason": reason}


def labelled_order(texts: Iterable[Row]) -> Iterator[LabelledPair]:
    """The pairs that graded labels make: any two responses to one prompt whose labels differ.

    Args:
        texts: a row for each response with a label: prompt_id, language, words, label (a score) and score (the
            judge's; null where it has none). Those of a prompt stand together.
    """
    by_prompt: dict[str, list[Row]] = {}
    for text in texts:
        by_prompt.setdefault(text["prompt_id"], []).append(text)
    for prompt, of_prompt in by_prompt.items():
        for place, one in enumerate(of_prompt):
            for other in of_prompt[place + 1 :]:
                if math.isclose(one["label"], other["label"], abs_tol=1e-9):
                    continue  # the labels do not say which is better
                better, worse = sorted((one, other), key=lambda text: -text["label"])
                words, scores = ((better[name], worse[name]) for name in ("words", "score"))
                yield LabelledPair(prompt, better["language"], words, scores)
