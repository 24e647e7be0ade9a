"""The one place where rows of scores become prompt means, and where these are cut into slices.

The unit is the prompt. A judge's repeats are averaged first (`join_scores` did that), then the samples of a
prompt, then prompts. So a prompt that was answered ten times weighs as much as one that was answered once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from longhand.results.scores import slice_order
from longhand.results.statistics import Numbers
from longhand.tables.score_tables import SCORES

SLICES = ("range", "language", "category", "constraint")
"""Kinds of slices beside `all`; columns of the scores, each of the prompt."""

GUARDED = {f"[{low},{high})": (low, high) for low, high in ((0, 500), (500, 2000))}
"""Ranges of required words that models are always compared in: one that learned to write long may lose the short."""

PARTS = {"score": ("score_l", "score_q"), "score_l": ("score_l",), "score_q": ("score_q",)}
"""The columns that a metric is the mean of."""

NEUTRAL = 50.0  # the middle of every scale, on 0-100: 3 of 5


class Slice(NamedTuple):
    """A part of the rows: `kind` is all, range, language, category or constraint."""

    kind: str
    label: str
    rows: pd.DataFrame


def evaluated(scores: pd.DataFrame, judges: Collection[str]) -> pd.DataFrame:
    """The rows of these judges; where there are none, each response once and as if nobody had judged it."""
    chosen = scores["judge"].isin(list(judges))
    if chosen.any() or scores.empty:
        return scores[chosen]
    verdicts = [name for name in scores if name.startswith("judge") or name in ("score_q", "score")]
    verdicts += [name for name in scores if name not in SCORES.names]  # dimensions
    return judged_by(scores, None).assign(**dict.fromkeys(verdicts))


def judged_by(scores: pd.DataFrame, judge: str | None) -> pd.DataFrame:
    """The rows of a judge; of None each response once, with the lengths, which stand beside every judge's scores."""
    if judge is None and len(scores):
        first = scores["judge"].iloc[0]
        return scores if pd.isna(first) else scores[scores["judge"] == first]
    return scores[scores["judge"] == judge]


def counted_rows(rows: pd.DataFrame, judged: Sequence[str], missing: str) -> pd.DataFrame:
    """The rows of one judge as `missing` counts them; `judged` are the columns that its verdicts fill."""
    if rows["judge"].isna().all():
        return rows
    if missing == "neutral":
        return rows.assign(**{column: rows[column].fillna(NEUTRAL) for column in judged})
    return rows[rows["score_q"].notna()] if missing == "drop" else rows


def prompt_means(rows: pd.DataFrame, columns: Sequence[str] = PARTS["score"]) -> pd.DataFrame:
    """The mean of each prompt's samples, by prompt_id in the order of the rows.

    Args:
        rows: of one judge, as `counted_rows` leaves them.
        columns: what is averaged.

    Returns:
        The columns as floats, NaN where no sample has a value; those of SLICES and `required` beside them.
    """
    means = rows[list(columns)].astype(float).groupby(rows["prompt_id"], sort=False).mean()
    about = [name for name in (*SLICES, "required") if name in rows]
    return means.join(rows.drop_duplicates("prompt_id").set_index("prompt_id")[about])


def slices(rows: pd.DataFrame, *, guarded: bool = False) -> Iterator[Slice]:
    """All rows, then each slice of each kind, in order. A kind of constraints with one slice would repeat `all`.

    Args:
        rows: of scores or of prompt means.
        guarded: whether the ranges of GUARDED are there in any case, empty ones too.
    """
    yield Slice("all", "all", rows)
    for kind in (name for name in SLICES if name in rows):
        labels = set(rows[kind].dropna())
        if kind == "constraint" and len(labels) < 2:
            continue
        added = GUARDED.keys() - labels if guarded and kind == "range" else set()
        for label in sorted(labels | added, key=slice_order):
            if label in added:
                low, high = GUARDED[label]
                yield Slice(kind, label, rows[(rows["required"] >= low) & (rows["required"] < high)])
            else:
                yield Slice(kind, label, rows[rows[kind] == label])


def metric_values(means: pd.DataFrame, metric: str) -> Numbers:
    """What a metric is the mean of: a row for each of its columns, a column for each prompt."""
    values: Numbers = means[list(PARTS[metric])].to_numpy(dtype=float, na_value=np.nan).T
    return values
