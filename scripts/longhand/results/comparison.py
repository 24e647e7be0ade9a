"""A model after training against the model before it: differences on the same prompts, with paired intervals."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from longhand.results.leaderboard import counted_rows
from longhand.results.scores import slice_order
from longhand.results.statistics import mean_interval
from longhand.tables.files import Row

GUARDED = {"[0,500)": (0, 500), "[500,2000)": (500, 2000)}
"""Ranges of required words that are always compared: a model that learned to write long may have lost the short."""

METRICS = {"score": ("score_l", "score_q"), "score_l": ("score_l",), "score_q": ("score_q",)}


def comparison_rows(before: pd.DataFrame, after: pd.DataFrame, missing: str, seed: int) -> Iterator[Row]:
    """The comparison of two models on one dataset: columns of COMPARISON from `judge` on.

    The unit is the prompt: samples of a prompt are averaged first. Only prompts with the metric on both sides count,
    and their differences are resampled, so that the interval is not widened by how prompts differ.

    Args:
        before, after: their tables of scores.
        missing: as for the leaderboard.
        seed: of the bootstrap.
    """
    judges = [judge for judge in after["judge"].unique() if pd.isna(judge) or judge in set(before["judge"])]
    for judge in judges:
        sides = [_prompts(_judged_by(side, judge), missing) for side in (before, after)]
        both = sides[0].join(sides[1][["score_l", "score_q"]].add_suffix("_after"), how="inner")
        for label, rows in _slices(both):
            for metric, columns in METRICS.items():
                yield {
                    "judge": None if pd.isna(judge) else str(judge),
                    "slice": label,
                    "guard": label in GUARDED,
                    "metric": metric,
                    **_difference(rows, columns, seed),
                }


def _judged_by(scores: pd.DataFrame, judge: object) -> pd.DataFrame:
    if pd.isna(judge):  # nothing is judged: the lengths, which stand beside every judge's scores
        first = scores["judge"].iloc[0] if len(scores) else None
        return scores[scores["judge"].isna() if pd.isna(first) else scores["judge"] == first]
    return scores[scores["judge"] == judge]


def _prompts(rows: pd.DataFrame, missing: str) -> pd.DataFrame:
    """Means of each prompt's samples, by prompt_id."""
    grouped = counted_rows(rows, ["score_q"], missing).groupby("prompt_id", sort=False)
    means = grouped[["score_l", "score_q"]].mean().astype(float)
    return means.join(grouped[["range", "required"]].first())


def _slices(rows: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    yield "all", rows
    ranges = set(rows["range"].dropna())
    for label in sorted(ranges | GUARDED.keys(), key=slice_order):
        if label in ranges:
            yield label, rows[rows["range"] == label]
        else:
            low, high = GUARDED[label]
            yield label, rows[(rows["required"] >= low) & (rows["required"] < high)]


def _difference(rows: pd.DataFrame, columns: tuple[str, ...], seed: int) -> Row:
    before = rows[list(columns)].to_numpy(dtype=float, na_value=np.nan).T
    after = rows[[f"{column}_after" for column in columns]].to_numpy(dtype=float, na_value=np.nan).T
    differences = after - before
    missing = np.isnan(differences)
    difference = mean_interval(differences, seed)
    means = [mean_interval(np.where(missing, np.nan, side), seed).mean for side in (before, after)]
    return {
        "n": int((~missing.any(axis=0)).sum()),
        "mean_before": means[0],
        "mean_after": means[1],
        "difference": difference.mean,
        "low": difference.low,
        "high": difference.high,
    }
