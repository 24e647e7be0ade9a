"""From scores by both judges to a line between them, and from a model's scores to what the old judge would give.

A line says nothing of what its anchors do not cover: there a model's mean is not bridged, and the reason is named.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from longhand.results.prompt_means import metric_values
from longhand.results.statistics import Estimate, Numbers, mean_interval
from longhand.results.succession import EXPLORATORY, TWICE, Bridge, bridge, bridged
from longhand.tables.files import Row

LANGUAGE, CATEGORY, LENGTH, MEAN = "language", "category", "length", "mean"
_ANCHORS_WORDS, _MODELS_WORDS = (0.01, 0.99), (0.05, 0.95)
"""The texts that count as covering, and those that must be covered, by their words: neither by one odd text."""

BRIDGED_COLUMNS: Row = dict.fromkeys(("bridged", "bridged_low", "bridged_high", "bridged_to", "bridged_doubt"))
"""The leaderboard's columns, as in a row that is not bridged."""


def succession_row(scores: Iterable[tuple[str, pd.DataFrame]], old: str, new: str) -> Row:
    """The line of one dataset: columns of SUCCESSION but succession and dataset.

    Args:
        scores: anchors with their tables of scores of the sample: prompt_id, sample, judge, score_q, words, language,
            category.
        old, new: names of the judges.
    """
    both = {model: _by_both(table, old, new) for model, table in scores}
    texts = pd.concat([table.assign(model=model) for model, table in both.items()], ignore_index=True)
    cells = texts.groupby(["model", "prompt_id"], sort=False)[["old", "new"]].mean().astype(float)
    sides = [cells[side].unstack("prompt_id").reindex(list(both)).to_numpy(dtype=float) for side in ("old", "new")]
    line = bridge(*sides)
    models = list(both)
    covering = texts[texts["model"].isin([models[system] for system in line.systems])]
    low, high = _words(covering, _ANCHORS_WORDS)
    return {
        "judge": new,
        "bridged_to": old,
        "n_systems": len(line.systems),
        "n_prompts": line.prompts,
        "n_texts": len(covering),
        "slope": line.slope,
        "intercept": line.intercept,
        "reliability": line.reliability,
        "error": _root(line.variance),
        "sampling_error": _root(line.noise),
        "prompt_error": _root(line.prompt_noise),
        "exploratory": line.exploratory,
        "doubt": line.doubt,
        "words_low": low,
        "words_high": high,
        "mean_low": _known(np.min(line.new, initial=math.inf)),
        "mean_high": _known(np.max(line.new, initial=-math.inf)),
        "languages": sorted(covering["language"].dropna().unique()),
        "categories": sorted(covering["category"].dropna().unique()),
        "anchors": [_anchor(place, model, sides[0], line) for place, model in enumerate(models)],
    }


def bridged_columns(of: Row, rows: pd.DataFrame, prompts: pd.DataFrame) -> Row:
    """What the old judge would give to a model: the leaderboard's columns of one row.

    Args:
        of: of SUCCESSION.
        rows: the model's scores by the new judge, as they count.
        prompts: their prompt means, with `score_q`.
    """
    values = metric_values(prompts, "score_q")
    mean = mean_interval(values)
    doubt = of["doubt"] or mean.doubt
    doubts = [doubt] if doubt else _uncovered(of, rows, mean)
    columns = BRIDGED_COLUMNS | {"bridged_to": of["bridged_to"], "bridged_doubt": ", ".join(doubts) or None}
    if doubts:
        return columns
    assert mean.mean is not None
    estimate = bridged(line_of(of), mean.mean, float(np.nanstd(values, ddof=1)) / math.sqrt(mean.n))
    assert estimate is not None
    ends = dict(zip(("bridged", "bridged_low", "bridged_high"), estimate, strict=True))
    return columns | ends | {"bridged_doubt": EXPLORATORY if of["exploratory"] else None}


def line_of(row: Row) -> Bridge:
    """The line that a row of SUCCESSION has."""
    behind = [anchor for anchor in row["anchors"] if anchor["left_out"] is None]
    squares = {name: None if row[name] is None else row[name] ** 2 for name in _ERRORS}
    return Bridge(
        systems=tuple(range(len(behind))),
        old=np.array([anchor["old"] for anchor in behind], dtype=float),
        new=np.array([anchor["new"] for anchor in behind], dtype=float),
        prompts=row["n_prompts"],
        slope=row["slope"],
        intercept=row["intercept"],
        reliability=row["reliability"],
        variance=squares["error"],
        noise=squares["sampling_error"],
        prompt_noise=squares["prompt_error"],
        doubt=row["doubt"],
    )


_ERRORS = ("error", "sampling_error", "prompt_error")


def _by_both(table: pd.DataFrame, old: str, new: str) -> pd.DataFrame:
    """Responses that both judges scored, with both scores."""
    keys = ["prompt_id", "sample"]
    scored = table[table["score_q"].notna()]
    sides = {judge: scored[scored["judge"] == judge] for judge in (old, new)}
    about = sides[new][[*keys, "words", "language", "category", "score_q"]].rename(columns={"score_q": "new"})
    return about.merge(sides[old][[*keys, "score_q"]].rename(columns={"score_q": "old"}), on=keys, validate="1:1")


def _anchor(place: int, model: str, scores: Numbers, line: Bridge) -> dict[str, Any]:
    """Args: scores: systems × prompts, NaN where the judges have no text in common."""
    number = int((~np.isnan(scores[place])).sum())
    if place not in line.systems:
        missing = TWICE if place in line.twice else "few_prompts"
        return {"model": model, "n": number, "old": None, "new": None, "error": None, "left_out": missing}
    at = line.systems.index(place)
    error = None if line.errors is None else float(line.errors[at])
    means = {"old": _known(line.old[at]), "new": _known(line.new[at])}
    return {"model": model, "n": number, **means, "error": error, "left_out": None}


def _uncovered(of: Row, rows: pd.DataFrame, mean: Estimate) -> list[str]:
    """In what a model is outside of the anchors.

    A mean is outside where all of its interval is: one that may as well be inside is not refused.
    """
    scored = rows[rows["score_q"].notna()]
    words = _words(scored, _MODELS_WORDS)
    assert mean.low is not None and mean.high is not None and words[0] is not None and words[1] is not None
    outside = {
        LANGUAGE: not set(scored["language"].dropna()) <= set(of["languages"]),
        CATEGORY: not set(scored["category"].dropna()) <= set(of["categories"]),
        LENGTH: words[0] < of["words_low"] or words[1] > of["words_high"],
        MEAN: mean.high < of["mean_low"] or mean.low > of["mean_high"],
    }
    return [name for name, is_outside in outside.items() if is_outside]


def _words(rows: pd.DataFrame, shares: tuple[float, float]) -> tuple[float | None, float | None]:
    low, high = rows["words"].astype(float).quantile(list(shares))
    return _known(low), _known(high)


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _root(square: float | None) -> float | None:
    return None if square is None else math.sqrt(square)
