"""What a trainer must know of preference pairs before DPO, as rows of figures.

Each figure is a row (part, slice, figure, value, unit, n): a share of 0 to 1 or points of reward, and how many pairs,
candidates or prompts it is of. Where there are none, the value is null.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from longhand.preferences.candidates import NO_REWARD, reward_of
from longhand.preferences.noise import Noise, measured_noise
from longhand.preferences.pairs import OUTCOME_MEANINGS
from longhand.results.certified import CERTIFIED, NOT_CERTIFIED, NOT_TESTED, Certifications, pair_standings
from longhand.results.scores import slice_order
from longhand.tables.files import Row
from longhand.text.loops import loop_onset
from longhand.text.repetition import overlap, tokens_of

DUPLICATE = 0.5  # shared 13-grams from which chosen and rejected count as near-duplicates
MATCHED = 0.2  # difference in words, as a share of the longer, up to which a pair counts as length-matched
UNKNOWN_NOISE = "unknown: no response has two readable verdicts of the judge"
SIDES = ("chosen", "rejected")
TEXT_FIGURES = ("chosen_looped", "rejected_looped", "duplicate")


def figure(part: str, name: str, value: float | None, n: int, of: str = "all", unit: str = "share") -> Row:
    """A row of the audit table."""
    known = None if value is None or np.isnan(value) else float(value)
    return {"part": part, "slice": of, "figure": name, "value": known, "unit": unit, "n": int(n)}


def text_figures(pair: Row) -> dict[str, Any]:
    """What is measured on a pair's texts, so that only one pair's texts are in memory: loops and near-duplicates."""
    chosen, rejected = (" ".join(message["content"] or "" for message in pair[side][-1:]) for side in SIDES)
    loops = (loop_onset(tokens_of(text)) is not None for text in (chosen, rejected))
    return dict(zip(TEXT_FIGURES, (*loops, overlap(chosen, rejected) > DUPLICATE), strict=True))


def audit(
    pairs: pd.DataFrame,
    outcomes: pd.DataFrame,
    candidates: pd.DataFrame,
    scores: pd.DataFrame,
    verdicts: pd.DataFrame,
    *,
    judge: str | None,
    weights: Mapping[str, float],
    rejected: str,
    max_length: int | None,
) -> Iterator[Row]:
    """The audit of the pairs.

    Args:
        pairs: the pairs table without its messages, and with `text_figures`.
        outcomes: prompt_id, outcome, texts (different ones with a reward) and min_margin of each prompt.
        candidates: `prompt_id`, `no_reward` and `text_sha256` of each response.
        scores: the scores tables of all models, with a column `model`.
        verdicts: the judgements of `judge`, with a column `model`.
        judge: that the rewards are from; None where only length counts.
        weights: of length and quality in the reward.
        rejected: random or worst.
        max_length: tokens of prompt and answer that the trainer keeps; None where none is known.
    """
    counts = Counter(outcomes["outcome"])
    yield from (figure("outcome", name, share(counts[name], len(outcomes)), counts[name]) for name in OUTCOME_MEANINGS)
    yield from _candidates(candidates)
    for kind in ("language", "range"):
        for label, part in by(pairs[kind]):
            yield figure("pairs", f"by {kind}", share(len(part), len(pairs)), len(part), label)
    yield from _margins(pairs, outcomes)
    if judge is not None and weights["quality"]:
        yield from _noise(pairs, outcomes, measured_noise(verdicts, weights), rejected)
    yield from _lengths(pairs)
    yield from _other_judges(pairs, scores, judge, weights)
    for side in SIDES:
        yield figure("text", f"{side} looped", pairs[f"{side}_looped"].mean(), len(pairs))
        yield figure("text", f"{side} truncated", (pairs[f"{side}_status"] == "truncated").mean(), len(pairs))
    yield figure("text", "near-duplicates", pairs["duplicate"].mean(), len(pairs))
    if max_length is not None:
        yield from _cut(pairs, max_length)


def certified_figures(pairs: pd.DataFrame, judge: str, certifications: Certifications) -> Iterator[Row]:
    """For how many pairs the judge is certified, by their language and required words."""
    prompts = pairs[["language", "range"]].astype(object).where(pairs[["language", "range"]].notna(), None)
    kinds = {
        (language, label): each
        for language, label, each in pair_standings(prompts.to_dict("records"), judge, certifications)
    }
    counts = Counter(kinds[language, label].status for language, label in prompts.itertuples(index=False))
    for status in dict.fromkeys((CERTIFIED, NOT_CERTIFIED, NOT_TESTED, *counts)):
        yield figure("certification", status, share(counts[status], len(pairs)), counts[status])


def share(part: float, of: float) -> float | None:
    """`part` of `of` things; None where there are none."""
    return part / of if of else None


def _candidates(candidates: pd.DataFrame) -> Iterator[Row]:
    """Responses that have no reward, by reason, and texts that a prompt has more than once."""
    for reason in NO_REWARD:
        number = int((candidates["no_reward"] == reason).sum())
        yield figure("candidates", reason, share(number, len(candidates)), number)
    texts = candidates[candidates["text_sha256"].notna()]
    again = int(texts.duplicated(["prompt_id", "text_sha256"]).sum())
    yield figure("candidates", "same_text", share(again, len(texts)), again)


def by(labels: pd.Series) -> list[tuple[str, pd.Index]]:
    """The rows of each label, in the order of slices."""
    groups = labels.groupby(labels).groups
    return [(str(label), groups[label]) for label in sorted(groups, key=slice_order)]


def _margins(pairs: pd.DataFrame, outcomes: pd.DataFrame) -> Iterator[Row]:
    """Margins, and the least that pairs must have: with `min_margin: noise` it is by the number of texts."""
    least = outcomes.groupby("min_margin")["texts"].agg(["min", "max"])
    for margin, texts in least.iterrows():
        of_margin = outcomes.loc[outcomes["min_margin"] == margin, "prompt_id"]
        number = int(pairs["prompt_id"].isin(of_margin).sum())
        label = "all" if len(least) == 1 else _texts_label(texts["min"], texts["max"])
        yield figure("margin", "least that a pair must have", float(margin), number, label, "points")
    for percent in (5, 25, 50, 75, 95):
        value = pairs["margin"].astype(float).quantile(percent / 100)
        yield figure("margin", f"{percent}th percentile", value, len(pairs), unit="points")


def _texts_label(least: int, most: int) -> str:
    return f"{max(2, most)} texts" if least == most or most <= 2 else f"{least} to {most} texts"


def _noise(pairs: pd.DataFrame, outcomes: pd.DataFrame, noise: Noise | None, rejected: str) -> Iterator[Row]:
    """How many margins are within what the judge alone would make of as many equal answers as the prompt has."""
    if noise is None:
        yield figure("noise", UNKNOWN_NOISE, None, 0, unit="points")
        return
    n = noise.responses
    yield figure("noise", "standard error of S_Q by the repeats of the judge", noise.deviation, n, unit="points")
    texts = pairs["prompt_id"].map(outcomes.set_index("prompt_id")["texts"])
    limits = {int(number): noise.limit(int(number), rejected) for number in sorted(texts.unique())}
    for number, limit in limits.items():
        label = f"best of {number}, {rejected} other" if rejected == "random" else f"best and worst of {number}"
        of_number = int((texts == number).sum())
        yield figure("noise", "margin that equal answers exceed 1 time in 20", limit, of_number, label, "points")
    yield figure("noise", "pairs within it", (pairs["margin"] <= texts.map(limits)).mean(), len(pairs))


def _lengths(pairs: pd.DataFrame) -> Iterator[Row]:
    longer = pairs["chosen_words"] > pairs["rejected_words"]
    yield figure("length", "chosen is longer", longer.mean(), len(pairs))
    for label, part in by(pairs["range"]):
        yield figure("length", "chosen is longer", longer[part].mean(), len(part), label)
    both = pairs[["chosen_words", "rejected_words"]]
    matched = (both.max(axis=1) - both.min(axis=1)) <= MATCHED * both.max(axis=1)
    yield figure("length", f"pairs within {MATCHED:.0%} of each other's length", matched.mean(), len(pairs))


def _other_judges(
    pairs: pd.DataFrame, scores: pd.DataFrame, judge: str | None, weights: Mapping[str, float]
) -> Iterator[Row]:
    """The share of pairs that stay in order under every other judge that scored the same candidates."""
    for other, rows in scores.groupby("judge"):
        if judge is None or other == judge:
            continue
        rewards = {
            (row["model"], row["prompt_id"], row["sample"]): reward_of(row, weights) for row in rows.to_dict("records")
        }
        both = [
            [rewards.get((pair[f"{side}_model"], pair["prompt_id"], pair[f"{side}_sample"])) for side in SIDES]
            for pair in pairs.to_dict("records")
        ]
        known = [chosen > rejected for chosen, rejected in both if chosen is not None and rejected is not None]
        yield figure("second judge", "pairs in the same order", share(sum(known), len(known)), len(known), str(other))


def _cut(pairs: pd.DataFrame, max_length: int) -> Iterator[Row]:
    """Text that the trainer would cut at `max_length`, by the token counts of the models' servers."""
    for side in SIDES:
        known = pairs.dropna(subset=["prompt_tokens", f"{side}_tokens"])
        over = (known["prompt_tokens"] + known[f"{side}_tokens"] - max_length).clip(lower=0)
        yield figure("max_length", f"{side} cut at {max_length} tokens", (over > 0).mean(), len(known))
        lost = over.clip(upper=known[f"{side}_tokens"]).sum()
        yield figure("max_length", f"{side} tokens lost", share(lost, known[f"{side}_tokens"].sum()), len(known))
